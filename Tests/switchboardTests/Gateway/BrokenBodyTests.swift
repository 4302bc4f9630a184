import Foundation
import HTTPTransport
import Messaging
import SwitchboardTesting
import Testing

/// Over a socket: the body of a request is cut off, invalid or late. The sender gets one answer, and the log one line.
@Suite("Bodies that do not arrive completely")
struct BrokenBodyTests {
    /// The head of a client that may start sessions, so that its body is read.
    private static let client =
        "Host: x\r\nAuthorization: Bearer \(GatewayFolder.Secrets.client)\r\nContent-Type: application/json\r\n"

    @Test(
        "The refusal is one line of the log, with the method, and is counted by its status",
        arguments: [
            ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "requests_refused_total{reason=\"malformed\"} 1"),
            ("Content-Length: 100\r\n\r\nhello", 408, "connections_closed_total{reason=\"body_timeout\"} 1"),
        ], [Account.whatsApp.path, "/session/start"])
    func once(broken: (rest: String, status: Int, count: String), path: String) async throws {
        let server = "{ header_timeout: 10m, body_timeout: 1s, idle_timeout: 10m }"
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: server)) { _, gateway in
            let connection = try RawConnection(to: gateway)
            connection.write("POST \(path) HTTP/1.1\r\n\(Self.client)\(broken.rest)")
            #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 \(broken.status) "))
            let page = try await GatewayClient(gateway).get("/metrics").text
            #expect(page.contains("\nswitchboard_\(broken.count)\n"))
            #expect(broken.status == 400 || page.contains("\nswitchboard_requests_refused_total{reason=\"malformed\"} 0\n"))
            // If there were a second line, it would have been logged before the next refusal.
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"]), to: Account.whatsApp.forged).status == 401)
            let lines = try await waiting(for: "the log to tell of it") {
                let lines = gateway.log.split(separator: "\n").filter { $0.contains("request refused") }
                return lines.contains { $0.contains("401") } ? lines.filter { !$0.contains("401") } : nil
            }
            #expect(lines.count == 1 && lines[0].contains("\(broken.status)") && lines[0].contains("POST"), "\(lines)")
        }
    }

    @Test("Requests before a late body are answered before its 408")
    func inOrder() async throws {
        let server = "{ header_timeout: 10m, body_timeout: 1s, idle_timeout: 10m }"
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: server)) { _, gateway in
            let connection = try RawConnection(to: gateway)
            let late = "POST /session/start HTTP/1.1\r\n\(Self.client)Content-Length: 9\r\n\r\n{"
            connection.write(try Account.whatsApp.request(WhatsAppWebhook.texts(["wamid.1"])) + late)
            let statuses = try await connection.readToEnd().matches(of: /HTTP\/1\.1 ([0-9]+)/).map { String($0.output.1) }
            #expect(statuses == ["200", "408"])
        }
    }
}
