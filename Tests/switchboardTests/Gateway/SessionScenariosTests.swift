import HTTPTransport
import JSON
import Testing

@Suite("Sessions over HTTP")
struct SessionScenariosTests {
    @Test("Two customers each have a session, and a WhatsApp message goes to its sender's", arguments: [#""103""#, "103"])
    func twoCustomers(first: String) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let second = first.contains("\"") ? #""104""# : "104"
            let asha = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":\#(first)}"#)
            let ravi = try await client.start(#"{"phone":"+919987654321","channel":"kiosk","customer_id":\#(second)}"#)
            #expect([asha.status, ravi.status] == [201, 201])
            #expect([asha, ravi].map { $0.json?["restored"].bool } == [false, false])
            #expect(asha.token != ravi.token)
            let columns = "SELECT phone, channel, customer_id, typeof(customer_id), session_token FROM sessions"
            let active = [
                ["+919876543210", "chat", "103", "text", asha.token], ["+919987654321", "kiosk", "104", "text", ravi.token],
            ]
            #expect(try folder.journal.rows("\(columns) WHERE status = 'active' ORDER BY customer_id") == active)

            let before = try folder.journal.column("SELECT last_activity FROM current_sessions ORDER BY customer_id")
            let reply = try await client.deliver(WhatsAppWebhook.texts(["wamid.two-customers"]))
            #expect(reply.status == 200)
            #expect(reply.accepted == 1)
            #expect(
                try folder.journal.rows("SELECT session_id, channel, text FROM messages") == [[asha.sessionID, "whatsapp", "Hello"]])
            #expect(try folder.journal.rows("\(columns) ORDER BY customer_id") == active)
            let after = try folder.journal.column("SELECT last_activity FROM current_sessions ORDER BY customer_id")
            #expect(after[0] > before[0])
            #expect(after[1] == before[1])
        }
    }

    @Test("A session is restored on another channel until it is ended, and never afterwards")
    func restoration() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let chat = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
            let kiosk = try await client.start(#"{"phone":"+919876543210","channel":"kiosk","customer_id":"103"}"#)
            #expect([chat.status, kiosk.status] == [201, 200])
            #expect(kiosk.json?["restored"].bool == true)
            #expect([kiosk.sessionID, kiosk.token] == [chat.sessionID, chat.token])

            let end = try await client.end(token: chat.token)
            #expect(end.status == 200)
            #expect(end.json?["status"].string == "logged_out")
            let statuses = "SELECT session_id, status, typeof(customer_id) FROM sessions ORDER BY created_at, status DESC"
            #expect(try folder.journal.rows(statuses) == [[chat.sessionID, "logged_out", "text"]])

            let again = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
            #expect(again.status == 201)
            #expect(again.json?["restored"].bool == false)
            #expect(again.token != chat.token)
            #expect(
                try folder.journal.rows(statuses) == [[chat.sessionID, "logged_out", "text"], [again.sessionID, "active", "text"]])
            #expect(try await client.get("/session", token: chat.token).status == 401)
            #expect(try await client.get("/session", token: again.token).sessionID == again.sessionID)
        }
    }
}
