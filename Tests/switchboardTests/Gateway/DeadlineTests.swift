import Foundation
import SwitchboardTesting
import Testing

/// Each test sets the deadline that it tests to one second, and all others to ten minutes.
@Suite("Connections that take too long")
struct DeadlineTests {
    @Test("A header that never ends is cut off", arguments: ["", "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "])
    func header(start: String) async throws {
        try await withGateway(header: "1s") { gateway in
            let connection = try RawConnection(to: gateway)
            connection.write(start)
            #expect(try await connection.readToEnd() == "")
        }
    }

    @Test("A body that trickles is cut off, however often a byte arrives")
    func body() async throws {
        try await withGateway(body: "1s") { gateway in
            let connection = try RawConnection(to: gateway)
            connection.write("POST /webhooks/whatsapp-cloud/main HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            let answer = try await waiting(for: "the gateway to close a connection") {
                guard connection.write("x") else { return "" }
                return connection.read()
            }
            #expect(!answer.contains("200 OK"))
        }
    }

    @Test("A keep-alive connection serves requests, and is closed when none arrives in time")
    func idle() async throws {
        try await withGateway(idle: "1s") { gateway in
            let connection = try RawConnection(to: gateway)
            connection.write(String(repeating: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", count: 3))
            let answers = try await connection.readToEnd()
            #expect(answers.components(separatedBy: #"{"status":"ok"}"#).count == 4)
        }
    }

    private func withGateway(
        header: String = "10m", body: String = "10m", idle: String = "10m", _ test: (GatewayProcess) async throws -> Void
    ) async throws {
        let server = "{ header_timeout: \(header), body_timeout: \(body), idle_timeout: \(idle) }"
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: server)) { _, gateway in try await test(gateway) }
    }
}
