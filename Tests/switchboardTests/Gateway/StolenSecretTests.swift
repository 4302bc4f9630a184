import HTTPTransport
import JSON
import Messaging
import Testing

/// What a thief can do with each secret, and what not.
@Suite("A stolen secret")
struct StolenSecretTests {
    private static let victim = "+919876543210"

    private func event(_ id: String, phone: String? = victim) -> String {
        let phone = phone.map { #""phone":"\#($0)","# } ?? ""
        return #"{"specversion":"1.0","id":"\#(id)","source":"/x","type":"message.text","data":{\#(phone)"text":"Hello"}}"#
    }

    private static let clientEvent = HTTPField("Content-Type", "application/cloudevents+json")

    @Test("With a kiosk's secret: events for any phone at that account, and nothing else")
    func kiosk() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let thief = try GatewayClient(gateway)
            let session = try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#)
            #expect(try await thief.deliver(event("1"), to: .kiosk).accepted == 1)
            #expect(try folder.journal.column("SELECT session_id FROM messages") == [session.sessionID])
            for other in [Account.chat, .whatsApp] {
                let forged = Account(adapter: other.adapter, name: other.name, secrets: [Secret(GatewayFolder.Secrets.kiosk)])
                #expect(try await thief.deliver(event("2"), to: forged).status == 401, "\(other.adapter)")
            }
            #expect(
                try await thief.start(#"{"phone":"\#(Self.victim)","channel":"kiosk"}"#, key: GatewayFolder.Secrets.kiosk).status == 401)
            #expect(try await thief.get("/session", token: GatewayFolder.Secrets.kiosk).status == 401)
            #expect(try await thief.end(token: GatewayFolder.Secrets.kiosk).status == 401)
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 1)
        }
    }

    @Test("With a session's token: that session only, at chat accounts, until it ends")
    func token() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let thief = try GatewayClient(gateway)
            let token = try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#).token
            let other = try await thief.start(#"{"phone":"+919812345678","channel":"chat"}"#)
            func post(_ body: String, to path: String) async throws -> IncomingResponse {
                try await thief.post(path, [Self.clientEvent, HTTPField("X-Session-Token", token)], body: body)
            }
            #expect(try await thief.get("/session", token: token).status == 200)
            #expect(try await post(event("1", phone: nil), to: "/webhooks/chat/main").accepted == 1)
            #expect(try await post(event("2", phone: "+919812345678"), to: "/webhooks/chat/main").status == 422)
            #expect(try await post(event("3"), to: "/webhooks/kiosk/lobby").status == 401)
            #expect(try await post(WhatsAppWebhook.texts(["wamid.1"]), to: "/webhooks/whatsapp-cloud/main").status == 401)
            #expect(try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#, key: token).status == 401)
            #expect(try await thief.end(token: token).status == 200)
            #expect(try await thief.get("/session", token: token).status == 401)
            #expect(try await post(event("4", phone: nil), to: "/webhooks/chat/main").status == 401)
            #expect(try await thief.get("/session", token: other.token).status == 200)
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 1)
        }
    }

    @Test("With an operator's token: reading every stored text, but no posting, and no session or token")
    func operatorToken() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let thief = try GatewayClient(gateway)
            let session = try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#)
            #expect(try await thief.deliver(WhatsAppWebhook.texts(["wamid.1"], text: "a secret of mine")).status == 200)
            let token = GatewayFolder.Secrets.operator
            let reader = try EventReader(gateway, "last_event_id=0", token: token)
            let event = try await reader.events(1)[0]
            let text = try await reader.answer().text
            #expect(event.data["data"]["text"].string == "a secret of mine" && !text.contains(session.token))
            #expect(try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#, key: token).status == 401)
            #expect(try await thief.get("/session", token: token).status == 401)
            #expect(try await thief.end(token: token).status == 401)
            for account in [Account.chat, .kiosk, .whatsApp] {
                let forged = Account(adapter: account.adapter, name: account.name, secrets: [Secret("whsec_\(token)")])
                #expect(try await thief.deliver(self.event("9"), to: forged).status == 401, "\(account.adapter)")
            }
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 1)
        }
    }

    @Test("With a client's key: sessions of phones that the thief can name, but no events; another customer's session stays hidden")
    func clientKey() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let thief = try GatewayClient(gateway)
            let session = try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat","customer_id":"103"}"#)
            #expect(try await thief.start(#"{"phone":"\#(Self.victim)","channel":"kiosk"}"#).token == session.token)
            let refused = try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat","customer_id":"104"}"#)
            #expect(refused.status == 409)
            for part in [session.token, session.sessionID, "103"] { #expect(!refused.text.contains(part)) }
            let key = HTTPField("Authorization", "Bearer \(GatewayFolder.Secrets.client)")
            for path in ["/webhooks/chat/main", "/webhooks/kiosk/lobby", "/webhooks/whatsapp-cloud/main"] {
                #expect(try await thief.post(path, [Self.clientEvent, key], body: event("1")).status == 401, "\(path)")
            }
            #expect(try await thief.get("/session", token: GatewayFolder.Secrets.client).status == 401)
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 0)
        }
    }

    @Test("With an app secret of Meta: webhooks of its account, including number changes, but no data about people")
    func appSecret() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let thief = try GatewayClient(gateway)
            let session = try await thief.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#)
            let reply = try await thief.deliver(WhatsAppWebhook.texts(["wamid.1"]))
            #expect(reply.text == #"{"accepted":1,"duplicates":0}"#)
            for other in [Account.chat, .kiosk] {
                let headers = [Self.clientEvent, HTTPField("X-Hub-Signature-256", "sha256=00")]
                #expect(try await thief.post(other.path, headers, body: event("1")).status == 401)
            }
            let body = #"{"phone":"\#(Self.victim)","channel":"chat"}"#
            #expect(try await thief.start(body, key: GatewayFolder.Secrets.whatsApp).status == 401)
            #expect(try await thief.get("/session", token: session.token).status == 200)
        }
    }

    @Test("With a verify token: a handshake, but no webhook")
    func verifyToken() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let thief = try GatewayClient(gateway)
            let forged = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret(GatewayFolder.Secrets.verifyToken)])
            #expect(try await thief.deliver(WhatsAppWebhook.texts(["wamid.1"]), to: forged).status == 401)
            let handshake =
                "/webhooks/whatsapp-cloud/main?hub.mode=subscribe&hub.verify_token=\(GatewayFolder.Secrets.verifyToken)&hub.challenge=7"
            #expect(try await thief.get(handshake).text == "7")
        }
    }

    @Test("The journal and its backups contain no secret of the settings")
    func journal() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            _ = try await client.start(#"{"phone":"\#(Self.victim)","channel":"chat"}"#)
            _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.1"]))
            _ = try await client.deliver(event("1"), to: .kiosk)
            _ = try await client.deliver(event("1"), to: .chat)
            #expect(try await folder.run("journal", "backup", "copy.sqlite").exitCode == 0)
            let bytes = try folder.bytes(of: "copy.sqlite")
            let secrets = GatewayFolder.Secrets.self
            for secret in [secrets.whatsApp, secrets.verifyToken, secrets.chat, secrets.kiosk, secrets.client] {
                #expect(bytes.firstRange(of: Array(secret.utf8)) == nil)
            }
        }
    }
}
