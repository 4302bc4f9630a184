import Foundation
import HTTPTransport
import Messaging
import SwitchboardTesting
import Testing

/// Over a socket: on one connection, webhooks are handled in front of the routes, everything else by the routes.
@Suite("Webhooks on a connection")
struct WebhookConnectionTests {
    @Test("Webhooks and other requests on one connection are each answered in order and counted once")
    func mixed() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let path = Account.whatsApp.path
            let challenge = "hub.mode=subscribe&hub.verify_token=\(GatewayFolder.Secrets.verifyToken)&hub.challenge=77"
            func other(_ method: String, _ target: String) -> String {
                "\(method) \(target) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            }
            func webhook(_ id: String, hasLength: Bool = true) throws -> String {
                try Account.whatsApp.request(WhatsAppWebhook.texts([id]), hasLength: hasLength)
            }
            let requests: [(String, String)] = [
                (try webhook("wamid.1"), "200"), (other("GET", "/healthz"), "200"), (try webhook("wamid.2", hasLength: false), "200"),
                (other("GET", "\(path)?\(challenge)"), "200"), (other("PUT", path), "405"), (try webhook("wamid.1"), "200"),
                (other("POST", "/webhooks/whatsapp-cloud/nobody"), "404"),
                (try Account.whatsApp.forged.request(WhatsAppWebhook.texts(["wamid.3"])), "401"),
                (other("HEAD", "/healthz"), "200"), (try Account.kiosk.request("{"), "400"), (try webhook("wamid.4"), "200"),
                ("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"),
            ]
            let connection = try RawConnection(to: gateway)
            connection.write(requests.map(\.0).joined())
            let answers = try await connection.readToEnd().components(separatedBy: "HTTP/1.1 ").dropFirst()
            #expect(answers.map { String($0.prefix(3)) } == requests.map(\.1))
            #expect(
                answers.compactMap { $0.firstMatch(of: /\{"accepted":(\d),"duplicates":(\d)\}/) }.map { "\($0.output.1)\($0.output.2)" }
                    == ["10", "10", "01", "10"])
            #expect(answers.filter { $0.contains("application/problem+json") }.count == 4)
            #expect(answers.allSatisfy { $0.contains("Date: ") })
            #expect(try folder.journal.messageIDs() == ["wamid.1", "wamid.2", "wamid.4"])
            let page = try await GatewayClient(gateway).get("/metrics").text
            let counts = [
                (#"account="main",adapter="whatsapp-cloud",answer="accepted",status="200""#, 3),
                (#"account="main",adapter="whatsapp-cloud",answer="duplicate",status="200""#, 1),
                (#"account="main",adapter="whatsapp-cloud",answer="refused",status="401""#, 1),
                (#"account="lobby",adapter="kiosk",answer="refused",status="400""#, 1),
            ]
            for (labels, count) in counts { #expect(page.contains("switchboard_webhooks_total{\(labels)} \(count)\n"), "\(labels)") }
            #expect(page.contains("\nswitchboard_body_bytes 0\n"))
        }
    }

    @Test("A body that is too long is answered 413: by its declared length before it is sent, or when it has grown too long")
    func tooLong() async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: "{ body_limit: 2000 }")) { folder, gateway in
            let head = "POST \(Account.whatsApp.path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            let announced = try RawConnection(to: gateway)
            announced.write(head + "Content-Length: 2001\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await announced.readUntil("\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
            let grown = try RawConnection(to: gateway)
            let chunk = "3e8\r\n\(String(repeating: "x", count: 1000))\r\n"
            grown.write(head + "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: 3) + "0\r\n\r\n")
            #expect(try await grown.readToEnd().hasPrefix("HTTP/1.1 413 "))
            // A webhook within the limit waits for 100 Continue, and gets it.
            let connection = try RawConnection(to: gateway)
            let body = WhatsAppWebhook.texts(["wamid.1"])
            let request = try Account.whatsApp.request(body, headers: ["Expect: 100-continue"])
            connection.write(String(request.dropLast(body.count)))
            #expect(try await connection.readUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            connection.write(body)
            #expect(try await connection.readUntil("}").hasPrefix("HTTP/1.1 200 "))
            #expect(try folder.journal.messageIDs() == ["wamid.1"])
        }
    }

    @Test("A client that waits for 100 behind another request gets it in its turn", arguments: [true, false], [true, false])
    func expectingInTurn(isBehindWebhook: Bool, isWebhook: Bool) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let connection = try RawConnection(to: gateway)
            let probe = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            let first = isBehindWebhook ? try Account.whatsApp.request(WhatsAppWebhook.texts(["wamid.1"])) : probe
            let body = isWebhook ? WhatsAppWebhook.texts(["wamid.2"]) : "{}"
            let second =
                isWebhook
                ? try Account.whatsApp.request(body, headers: ["Expect: 100-continue"])
                : "POST /session/start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(GatewayFolder.Secrets.client)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}"
            connection.write(first + second.dropLast(body.utf8.count))
            #expect(try await connection.readUntil("HTTP/1.1 100 Continue\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            connection.write(body)
            #expect(try await connection.readUntil("}").hasPrefix("HTTP/1.1 \(isWebhook ? 200 : 422) "))
        }
    }

    @Test(
        "A slow body is cut off and counted, and nothing of it is kept",
        arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
    func slow(length: String) async throws {
        let server = "{ header_timeout: 10m, body_timeout: 1s, idle_timeout: 10m }"
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: server)) { folder, gateway in
            let connection = try RawConnection(to: gateway)
            connection.write("POST \(Account.whatsApp.path) HTTP/1.1\r\nHost: x\r\n\(length)\r\n\r\n5\r\nhello\r\n")
            let answer = try await connection.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("Connection: close\r\n"))
            let page = try await GatewayClient(gateway).get("/metrics").text
            #expect(page.contains(#"switchboard_connections_closed_total{reason="body_timeout"} 1"#))
            #expect(page.contains("\nswitchboard_body_bytes 0\n"))
            #expect(try folder.journal.count("SELECT count(*) FROM deliveries") == 0)
        }
    }

    @Test("The message of a sender that disconnects before the answer is stored all the same")
    func hungUp() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            try await folder.journal.whileLocked {
                try hangUp(on: gateway, after: try Account.whatsApp.request(WhatsAppWebhook.texts(["wamid.1"])))
                // The answer on a second connection shows that the request on the first one has been read.
                #expect(try await client.get("/healthz").status == 200)
            }
            try await waiting(for: "the message to be stored") { try folder.journal.messageIDs() == ["wamid.1"] ? () : nil }
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 200)
        }
    }

    @Test("Deliveries that wait for the disk at a shutdown are answered first", arguments: [SIGTERM, SIGINT])
    func draining(signal: Int32) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let connection = try RawConnection(to: gateway)
            let client = try GatewayClient(gateway)
            try await folder.journal.whileLocked {
                connection.write(try Account.whatsApp.request(WhatsAppWebhook.texts(["wamid.1"])))
                #expect(try await client.get("/healthz").status == 200)
                gateway.send(signal: signal)
                try await waiting(for: "new connections to be refused") { (try? RawConnection(to: gateway)) == nil ? () : nil }
                #expect(connection.read() == nil)
            }
            let answer = try await connection.readToEnd()
            #expect(try await gateway.exitCode() == 0)
            // On a busy machine the lock may be held for longer than a write waits for it.
            guard !answer.hasPrefix("HTTP/1.1 503 ") else { return }
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix(#"{"accepted":1,"duplicates":0}"#))
            #expect(try folder.journal.messageIDs() == ["wamid.1"])
        }
    }

    /// Closes a connection after it has sent the request.
    private func hangUp(on gateway: GatewayProcess, after request: String) throws {
        let connection = try RawConnection(to: gateway)
        connection.write(request)
    }
}
