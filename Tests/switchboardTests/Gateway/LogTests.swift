import Foundation
import HTTPTransport
import JSON
import Messaging
import Testing

@Suite("The log of a gateway")
struct LogTests {
    @Test("At no level does the log show a phone, a token, a secret or a text", arguments: ["debug", "trace"])
    func discreet(level: String) async throws {
        let settings = GatewayFolder.settings(extra: "log: { level: \(level) }")
        try await GatewayFolder.withGateway(settings: settings) { folder, gateway in
            let tokens = try await makeTraffic(GatewayClient(gateway))
            try await gateway.terminate()
            let secrets = [
                GatewayFolder.Secrets.whatsApp, GatewayFolder.Secrets.verifyToken, GatewayFolder.Secrets.chat,
                GatewayFolder.Secrets.kiosk, GatewayFolder.Secrets.client,
            ]
            let texts = ["9876543210", "9987654321", "Quince jam", "Asha", "wrong-key", "wrong-token", "signature=sha256"]
            for word in tokens + secrets + texts { #expect(!gateway.log.contains(word), "the log shows \(word)") }
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 3)
        }
    }

    @Test("If standard error is not a terminal, every line is a JSON object with time, level and message")
    func lines() async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: "log: { level: trace }")) { _, gateway in
            _ = try await makeTraffic(GatewayClient(gateway))
            try await gateway.terminate()
            let lines = gateway.log.split(separator: "\n")
            #expect(lines.count > 3)
            for line in lines {
                let json = try JSON(parsing: Array(line.utf8))
                for member in ["time", "level", "message"] as [StaticString] { #expect(json[member].string != nil, "\(line)") }
            }
        }
    }

    /// Sends requests with every kind of result; returns the tokens that were issued.
    private func makeTraffic(_ client: GatewayClient) async throws -> [String] {
        let text = WhatsAppWebhook.texts(["wamid.log"], text: "Quince jam")
        _ = try await client.deliver(text)
        _ = try await client.deliver(text)
        _ = try await client.deliver(text, to: .whatsApp.forged)
        _ = try await client.deliver(WhatsAppWebhook.texts([], text: "Quince jam"))
        _ = try await client.deliver(#"{"object":"whatsapp_business_account","entry":[{"phone":"9876543210""#)
        for account in [Account.chat, .kiosk] {
            _ = try await client.deliver(event(#""phone":"+919987654321","text":"Quince jam""#, from: "\(account.name)"), to: account)
            _ = try await client.deliver(event(#""phone":"+9198765432109876543210","text":"Quince jam""#), to: account)
            _ = try await client.deliver(event(#""phone":"9876543210","text":["Quince jam"]"#), to: account)
        }
        let sessions = try await [
            client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103","metadata":{"likes":"Quince jam"}}"#),
            client.start(#"{"phone":"+919987654321","channel":"kiosk","customer_id":"104"}"#),
            client.start(#"{"phone":"+919987654321","channel":"kiosk","customer_id":"105"}"#),
            client.start(#"{"phone":"9876543210x","channel":"Quince jam","customer_id":["Asha"]}"#),
            client.start(#"{"phone":"+919876543210""#),
            client.start("{}", key: "wrong-key"),
        ]
        let tokens = sessions.map(\.token).filter { !$0.isEmpty }
        for token in tokens + ["wrong-token"] {
            _ = try await client.get("/session", token: token)
            _ = try await client.post("/webhooks/chat/main", chat(token), body: event(#""phone":"+14155550123","text":"Quince jam""#))
            _ = try await client.end(token: token)
        }
        _ = try await client.get("/webhooks/whatsapp-cloud/main?hub.mode=subscribe&hub.verify_token=wrong-token&hub.challenge=1")
        _ = try await client.get("/session?phone=9876543210")
        return tokens
    }

    private func event(_ data: String, from source: String = "shop") -> String {
        #"{"specversion":"1.0","id":"1","source":"/\#(source)","type":"message.text","data":{"name":"Asha",\#(data)}}"#
    }

    private func chat(_ token: String) -> [HTTPField] {
        [HTTPField("Content-Type", "application/cloudevents+json"), HTTPField("X-Session-Token", token)]
    }
}
