import Foundation
import SwitchboardTesting
import Testing

/// Over a socket, with requests that no HTTP client would send.
@Suite("HTTP as in RFC 9112")
struct HTTPRulesTests {
    @Test("A malformed request is answered with a problem, closes the connection, and is not logged as an error")
    func malformed() async throws {
        let post = "POST /webhooks/whatsapp-cloud/main HTTP/1.1\r\nHost: x\r\n"
        let requests: [(String, Int)] = [
            (post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", 400),
            (post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld", 400),
            (post + "Transfer-Encoding: gzip\r\n\r\n", 400), (post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
            (post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\n\r\n", 400), ("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
            ("GET /healthz HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n", 431),
            ("GET /healthz HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: x\r\n", count: 200))\r\n", 431), ("\u{1}\r\n\r\n", 400),
        ]
        try await GatewayFolder.withGateway { _, gateway in
            for (request, status) in requests {
                let connection = try RawConnection(to: gateway)
                connection.write(request)
                let answer = try await connection.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(120))")
                #expect(answer.contains("application/problem+json") && answer.contains(#""status":\#(status)"#))
                #expect(answer.matches(of: /HTTP\/1\.1 \d/).count == 1, "one answer, not two: \(answer)")
            }
            #expect(!gateway.log.contains(#""level":"error""#), "\(gateway.log)")
        }
    }

    @Test(
        "A wrong method is answered 405, with the methods that the path allows",
        arguments: [
            ("DELETE", "/webhooks/whatsapp-cloud/main", "GET, HEAD, POST"), ("PUT", "/session/start", "POST"),
            ("GET", "/session/end", "POST"), ("POST", "/healthz", "GET, HEAD"), ("PROPFIND", "/session", "GET, HEAD"),
        ])
    func methods(method: String, path: String, allowed: String) async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let connection = try RawConnection(to: gateway)
            connection.write("\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            let answer = try await connection.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 405 "))
            #expect(answer.contains("Allow: \(allowed)\r\n"))
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test("HEAD is GET without the body, even if refused, and the connection continues")
    func head() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let connection = try RawConnection(to: gateway)
            for path in ["/healthz", "/readyz", "/nothing"] { connection.write("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\n") }
            connection.write("GET /healthz HTTP/1.0\r\n\r\n")
            let answers = try await connection.readToEnd().components(separatedBy: "HTTP/1.1 ").dropFirst()
            #expect(answers.map { $0.prefix(3) } == ["200", "200", "404", "200"])
            for answer in answers.prefix(3) { #expect(answer.hasSuffix("\r\n\r\n")) }
            #expect(answers.first?.contains("Content-Length: 15\r\n") == true)
            #expect(answers.last?.hasSuffix(#"{"status":"ok"}"#) == true)
        }
    }

    @Test("A client that waits for 100 Continue gets it, and an encoded body is answered 415")
    func expectations() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let start =
                "POST /session/start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(GatewayFolder.Secrets.client)\r\nContent-Type: application/json\r\n"
            let body = #"{"phone":"+919876543210","channel":"chat"}"#
            let connection = try RawConnection(to: gateway)
            connection.write(start + "Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await connection.readUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            connection.write(body)
            #expect(try await connection.readUntil("session_token").hasPrefix("HTTP/1.1 201 "))
            connection.write(start + "Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await connection.readUntil("\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
            let encoded = try RawConnection(to: gateway)
            encoded.write(start + "Content-Encoding: gzip\r\nContent-Length: 3\r\nConnection: close\r\n\r\nxyz")
            #expect(try await encoded.readToEnd().hasPrefix("HTTP/1.1 415 "))
        }
    }
}
