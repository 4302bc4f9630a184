import Foundation
import HTTPTransport
import Messaging
import SwitchboardTesting
import Testing

@Suite("Overload of the gateway")
struct OverloadTests {
    @Test("A client that sends requests and never reads answers is disconnected and counted")
    func unreadAnswers() async throws {
        try await withGateway("{ write_timeout: 1s, idle_timeout: 10m, header_timeout: 10m }") { _, gateway in
            let connection = try RawConnection(to: gateway, window: 4096)
            // The requests are so long that a read takes only a few of them, and are sent one at a time so that each read has complete
            // ones.
            let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Padding: \(String(repeating: "x", count: 15_000))\r\n\r\n"
            try await waiting(for: "the gateway to close a connection") {
                (0..<10).allSatisfy { _ in connection.push(request) } ? nil : true
            }
            let metrics = try await GatewayClient(gateway).get("/metrics").text
            #expect(metrics.contains(#"switchboard_connections_closed_total{reason="write_timeout"} 1"#))
        }
    }

    @Test("Without free descriptors the gateway accepts no connections, says so once, answers probes, and recovers")
    func descriptors() async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(server: "{ header_timeout: 10m, idle_timeout: 10m }")) { folder in
            let gateway = try await folder.start(descriptorLimit: 80)
            var silent = try (0..<100).map { _ in try RawConnection(to: gateway) }
            #expect(silent.count == 100)
            try await waiting(for: "the gateway to run out of descriptors") {
                gateway.log.contains("the process has run out of file descriptors") ? true : nil
            }
            let before = try processorTime(gateway)
            try await Task.sleep(for: .seconds(1))
            #expect(try processorTime(gateway) - before < 0.5)

            #expect(try await ask(gateway, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") { $0.hasPrefix("HTTP/1.1 200 ") })
            #expect(try await ask(gateway, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n") { $0.hasPrefix("HTTP/1.1 200 ") })
            #expect(
                try await ask(gateway, "GET /session HTTP/1.1\r\nHost: x\r\n\r\n") {
                    $0.hasPrefix("HTTP/1.1 503 ") && $0.contains("Retry-After: 1\r\n")
                })
            #expect(gateway.log.components(separatedBy: "the process has run out of file descriptors").count == 2)

            // This closes the connections.
            silent.removeAll()
            // With a load of eight on the machine, this once took longer than a minute; on an idle machine it never has.
            await withKnownIssue("connections stay refused on a busy machine", isIntermittent: true) {
                try await waiting(for: "a connection that is served whole") {
                    try await ask(gateway, "GET /session HTTP/1.1\r\nHost: x\r\n\r\n") { $0.hasPrefix("HTTP/1.1 401 ") } ? true : nil
                }
                #expect(gateway.log.contains("file descriptors are available again"))
                #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.after"])).accepted == 1)
            }
        }
    }

    @Test("Beyond the limit of connections, probes are answered and everything else gets 503")
    func connections() async throws {
        try await withGateway("{ max_connections: 2 }") { _, gateway in
            let open = try (0..<2).map { _ in try RawConnection(to: gateway) }
            defer { withExtendedLifetime(open) {} }
            for connection in open {
                connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await connection.readUntil(#"{"status":"ok"}"#)
            }
            let probe = try RawConnection(to: gateway)
            probe.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            let healthy = try await probe.readToEnd()
            #expect(healthy.hasPrefix("HTTP/1.1 200 ") && healthy.contains("Connection: close\r\n"))
            let other = try RawConnection(to: gateway)
            other.write("GET /session HTTP/1.1\r\nHost: x\r\n\r\n")
            let refused = try await other.readToEnd()
            #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("Retry-After: 1\r\n"))
            let metrics = try RawConnection(to: gateway)
            metrics.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await metrics.readToEnd().contains(#"switchboard_connections_refused_total{reason="max_connections"} 3"#))
        }
    }

    @Test("All bodies in memory share a limit; one that does not fit is answered 503 and may be sent again")
    func bodies() async throws {
        try await withGateway("{ body_limit: 1000, body_memory: 1500 }") { _, gateway in
            let head = "POST /webhooks/whatsapp-cloud/main HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n"
            let part = String(repeating: "x", count: 900)
            do {
                let first = try RawConnection(to: gateway)
                defer { withExtendedLifetime(first) {} }
                first.write(head + part)
                try await heldBodies(900, gateway)
                let second = try RawConnection(to: gateway)
                second.write(head + part)
                let refused = try await second.readToEnd()
                #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("Retry-After: 1\r\n"))
                try await heldBodies(900, gateway)
            }
            try await heldBodies(0, gateway)
            let third = try RawConnection(to: gateway)
            third.write(head + part + String(repeating: "x", count: 100))
            #expect(try await third.readToEnd().hasPrefix("HTTP/1.1 401 "))
            try await heldBodies(0, gateway)
        }
    }

    @Test("An account above its rate gets 429 with Retry-After; forged requests do not use up its rate or that of others")
    func accountRate() async throws {
        try await withGateway("{ account_rate: 1 }") { _, gateway in
            let client = try GatewayClient(gateway)
            for _ in 0..<5 {
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.0"]), to: Account.whatsApp.forged).status == 401)
            }
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask { try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"])).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.contains(429) && answers.filter { $0 == 200 }.count >= 2 && Set(answers) == [200, 429])
            let event =
                #"{"specversion":"1.0","id":"1","source":"/lobby","type":"message.text","data":{"phone":"+919876543210","text":"Hi"}}"#
            #expect(try await client.deliver(event, to: .kiosk).status == 200)
        }
    }

    @Test("An address behind a trusted proxy above its rate gets 429; another address does not")
    func addressRate() async throws {
        try await withGateway("{ address_rate: 1, trusted_proxies: [127.0.0.1] }") { _, gateway in
            let connection = try RawConnection(to: gateway)
            func request(_ address: String) -> String {
                "GET /session HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4, \(address)\r\n\r\n"
            }
            connection.write(String(repeating: request("192.0.2.1"), count: 4) + request("192.0.2.2") + "GET /healthz HTTP/1.0\r\n\r\n")
            let answers = try await connection.readToEnd().matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.output.1) }
            #expect(answers.count == 6 && answers.prefix(2) == ["401", "401"] && answers.suffix(2) == ["401", "200"])
            #expect(answers.contains("429"))
        }
    }

    private func withGateway(_ server: String, _ test: (GatewayFolder, GatewayProcess) async throws -> Void) async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: server), test)
    }

    /// Whether a new connection gets the wanted answer. It may be closed to make room for others; then another one is tried.
    private func ask(_ gateway: GatewayProcess, _ request: String, _ isWanted: (String) -> Bool) async throws -> Bool {
        for _ in 0..<50 {
            let connection = try RawConnection(to: gateway)
            connection.write(request.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
            if isWanted(try await connection.readToEnd()) { return true }
        }
        return false
    }

    /// The processor time that the process has used, in seconds.
    private func processorTime(_ gateway: GatewayProcess) throws -> Double {
        let fields =
            try String(contentsOfFile: "/proc/\(gateway.id)/stat", encoding: .utf8).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12 else { throw ProcessFailure("the gateway has no times") }
        return fields[11...12].reduce(0) { $0 + (Double($1) ?? 0) } / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func heldBodies(_ bytes: Int, _ gateway: GatewayProcess) async throws {
        let client = try GatewayClient(gateway)
        try await waiting(for: "\(bytes) bytes of bodies to be held") {
            try await client.get("/metrics").text.contains("switchboard_body_bytes \(bytes)\n") ? true : nil
        }
    }
}
