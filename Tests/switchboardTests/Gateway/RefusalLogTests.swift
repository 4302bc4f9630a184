import Foundation
import HTTPTransport
import Messaging
import SwitchboardTesting
import Testing

@Suite("The log lines about refused requests")
struct RefusalLogTests {
    private static let forwarded = HTTPField("X-Forwarded-For", "198.51.100.7, 203.0.113.9")

    /// Refused in front of the routes, by a route, or by the rules for every connection.
    enum Way: CaseIterable {
        case webhook
        case route
        case gate

        fileprivate func send(_ client: GatewayClient) async throws -> IncomingResponse {
            switch self {
            case .webhook:
                let headers = [HTTPField("X-Hub-Signature-256", "sha256=\(String(repeating: "0", count: 64))"), forwarded]
                return try await client.post(Account.whatsApp.path, headers, body: WhatsAppWebhook.texts(["wamid.1"]))
            case .route:
                return try await client.post("/session/start", [HTTPField("Authorization", "Bearer nobody"), forwarded], body: "{}")
            case .gate: return try await client.post("/session/start", [HTTPField("Content-Encoding", "gzip"), forwarded], body: "{}")
            }
        }
    }

    @Test(
        "The line has the caller's address and the id that the answer has",
        arguments: [("{}", "127.0.0.1"), ("{ trusted_proxies: [127.0.0.1] }", "203.0.113.9")], Way.allCases)
    func line(_ settings: (server: String, address: String), way: Way) async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: settings.server)) { _, gateway in
            let answer = try await way.send(GatewayClient(gateway))
            #expect(way == .gate ? answer.status == 415 : answer.status == 401)
            let id = try #require(answer.header("x-request-id"))
            #expect(id.count >= 16)
            let line = try await waiting(for: "the log to tell of it") {
                gateway.log.split(separator: "\n").first { $0.contains("request refused") }
            }
            #expect(line.contains(id) && line.contains("hb.request.id") && line.contains("\(answer.status)"), "\(line)")
            #expect(line.contains(#""client.address":"\#(settings.address)""#), "\(line)")
            #expect(way != .webhook || line.contains(Account.whatsApp.path), "\(line)")
        }
    }

    @Test("The answer to an accepted request has no request id")
    func taken() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let answer = try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"]))
            #expect(answer.status == 200 && answer.header("x-request-id") == nil)
        }
    }
}
