import HTTPTransport
import JSON
import Messaging
import Testing

@Suite("Requests that are refused")
struct RefusalTests {
    @Test("A body may have as many bytes as the settings allow, and not one more")
    func bodyLimit() async throws {
        try await withClient(server: "{ body_limit: 2000 }") { folder, client in
            let empty = WhatsAppWebhook.texts(["wamid.limit"], text: "").utf8.count
            let fits = WhatsAppWebhook.texts(["wamid.limit"], text: String(repeating: "a", count: 2000 - empty))
            #expect(try await client.deliver(fits).status == 200)
            let large = try await client.deliver(fits.replacing("wamid.limit", with: "wamid.limit2"))
            #expect(large.status == 413)
            #expect(large.isProblem)
            #expect(try folder.journal.messageIDs() == ["wamid.limit"])
        }
    }

    @Test(
        "An unknown path is answered 404",
        arguments: [("GET", "/"), ("POST", "/webhooks/whatsapp-cloud/other"), ("POST", "/webhooks/none/main"), ("GET", "/webhooks")])
    func unknownPath(method: String, path: String) async throws {
        try await withClient { _, client in
            let reply = try await method == "GET" ? client.get(path) : client.post(path, [], body: "{}")
            #expect(reply.status == 404)
            #expect(reply.isProblem)
        }
    }

    @Test(
        "A forged signature is answered 401 with the header's name, and nothing is stored",
        arguments: [(Account.whatsApp, "x-hub-signature-256"), (.chat, "webhook-signature"), (.kiosk, "webhook-signature")])
    func forged(account: Account, header: String) async throws {
        try await withClient { folder, client in
            let reply = try await client.deliver(WhatsAppWebhook.texts(["wamid.forged"]), to: account.forged)
            #expect(reply.status == 401)
            #expect(reply.isProblem)
            #expect(reply.json?["detail"].string == "the header \(header) does not match the body")
            #expect(try folder.journal.tableCounts().values.allSatisfy { $0 == 0 })
        }
    }

    @Test("Without a client's key no session is started", arguments: [nil, "", "the-key-of-the-shop-next-door"])
    func clientKey(key: String?) async throws {
        try await withClient { folder, client in
            let reply = try await client.start(#"{"phone":"+919876543210","channel":"chat"}"#, key: key)
            #expect(reply.status == 401)
            #expect(reply.isProblem)
            #expect(try folder.journal.count("SELECT count(*) FROM sessions") == 0)
        }
    }

    @Test("A handshake succeeds only with the verify token", arguments: [(GatewayFolder.Secrets.verifyToken, 200), ("wrong", 403)])
    func handshake(token: String, status: Int) async throws {
        try await withClient { _, client in
            let query = "hub.mode=subscribe&hub.verify_token=\(token)&hub.challenge=1158201444"
            let reply = try await client.get("/webhooks/whatsapp-cloud/main?\(query)")
            #expect(reply.status == status)
            #expect((String(decoding: reply.body, as: UTF8.self) == "1158201444") == (status == 200))
        }
    }

    private func withClient(server: String = "{}", _ test: (GatewayFolder, GatewayClient) async throws -> Void) async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: server)) { folder, gateway in
            try await test(folder, GatewayClient(gateway))
        }
    }
}
