import HTTPTransport
import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("Two gateways with separate journals and one database")
struct SharedSessionsTests {
    @Test("A session that one opens is restored by the other, and its token is valid at both", arguments: SharedDatabase.Way.allCases)
    func restored(way: SharedDatabase.Way) async throws {
        try await TwoGateways.with(by: way) { pair in
            let first = try await pair.one.start(Start.chat)
            let second = try await pair.other.start(Start.kiosk)
            #expect([first.status, second.status] == [201, 200])
            #expect(second.json?["restored"].bool == true && second.json?["persisted"].bool == true)
            #expect([second.sessionID, second.token] == [first.sessionID, first.token])
            #expect(try await pair.other.get("/session", token: first.token).sessionID == first.sessionID)
            let stranger = try await pair.other.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"999"}"#)
            #expect(stranger.status == 409 && !stranger.text.contains("103"))
        }
    }

    @Test("A session that one ends has ended at the other, and the next message opens a new one")
    func ended() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            let first = try await pair.one.start(Start.chat)
            #expect(try await pair.other.end(token: first.token).json?["status"].string == "logged_out")
            #expect(try await pair.one.get("/session", token: first.token).status == 401)
            #expect(try await pair.other.end(token: first.token).status == 401)
            #expect(try await pair.one.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            try await pair.drained()
            #expect(try await pair.database.rows("select status from sessions order by created_at") == [["logged_out"], ["active"]])
            #expect(
                try await pair.database.rows("select s.status from messages join sessions s using (session_id)") == [["active"]])
            let again = try await pair.other.start(Start.chat)
            #expect(again.status == 200 && again.token != first.token)
        }
    }

    @Test("A message that arrives after the other gateway ended the session goes to a new one, which both know")
    func successor() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            #expect(try await pair.one.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            try await pair.drained()
            let token = try await pair.database.rows("select session_token from sessions")[0][0]
            #expect(try await pair.other.end(token: token).status == 200)
            // The first gateway still considers the session live.
            #expect(try await pair.one.deliver(WhatsAppWebhook.texts(["wamid.2"])).accepted == 1)
            try await pair.drained()
            #expect(
                try await pair.database.rows("select m.external_id, s.status from messages m join sessions s using (session_id) order by 1")
                    == [["wamid.1", "logged_out"], ["wamid.2", "active"]])
            let active = try await pair.database.rows("select session_id, session_token from sessions where status = 'active'")
            #expect(try pair.oneJournal.rows("SELECT session_id, session_token FROM sessions WHERE status = 'active'") == active)
            #expect(try pair.oneJournal.rows("SELECT session_id FROM messages WHERE external_id = 'wamid.2'") == [[active[0][0]]])
        }
    }

    @Test("A session that is live here and overdue there continues if its last activity has not been sent yet")
    func movedHere() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            let start = try await pair.one.start(Start.chat)
            try await pair.drained()
            _ = try await pair.database.rows("update sessions set expires_at = now() - interval '1 s'")
            #expect(try await pair.one.get("/session", token: start.token).sessionID == start.sessionID)
            #expect(try await pair.other.get("/session", token: start.token).status == 401)
        }
    }

    @Test("A session that was ended here during an outage of the database is not revived by the database")
    func endedHere() async throws {
        try await TwoGateways.with(by: .rest) { pair in
            let start = try await pair.one.start(Start.chat)
            let elsewhere = try await pair.other.start(#"{"phone":"+919987654321","channel":"kiosk"}"#)
            try await pair.drained()
            let functions = "function switchboard_ingest(jsonb), switchboard_end(jsonb)"
            _ = try await pair.database.rows("revoke execute on \(functions) from service_role")
            let end = try await pair.one.end(token: start.token)
            #expect(end.json?["status"].string == "logged_out" && end.json?["persisted"].bool == false)
            _ = try await pair.database.rows("grant execute on function switchboard_end(jsonb) to service_role")
            // The gateway can look this token up only in the database. An answer shows that it asks the database again.
            try await waiting(for: "look-ups to go on") {
                try await pair.one.get("/session", token: elsewhere.token).status == 200 ? () : nil
            }
            #expect(try await pair.one.get("/session", token: start.token).status == 401)
            let next = try await pair.one.start(Start.chat)
            #expect(next.status == 201 && next.json?["persisted"].bool == true && next.token != start.token)
            #expect(try await pair.one.end(token: start.token).status == 401)
            #expect(
                try await pair.database.rows("select status from sessions where phone = '+919876543210' order by created_at")
                    == [["logged_out"], ["active"]])
        }
    }

    @Test("A number change at the gateway that does not know the person moves the phone to their contact and ends nothing")
    func numberChange() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            let first = try await pair.one.start(Start.chat)
            try await pair.drained()
            let change = WhatsAppWebhook.change("wamid.change", from: "919876543210", to: "919987654321")
            #expect(try await pair.other.deliver(change).accepted == 1)
            try await pair.drained()
            let second = try await pair.one.start(#"{"phone":"+919987654321","channel":"kiosk"}"#)
            #expect(second.json?["restored"].bool == true && second.token == first.token)
            #expect(
                try await pair.database.rows("select phone, customer_id from contacts where merged_into is null")
                    == [["+919987654321", "103"]])
        }
    }

    @Test("A chat client's token from one gateway can send events to the other")
    func token() async throws {
        try await TwoGateways.with(by: .rest) { pair in
            let start = try await pair.one.start(Start.chat)
            let event = #"{"specversion":"1.0","id":"1","source":"shop","type":"message.text","data":{"text":"Hello"}}"#
            let headers = [
                HTTPField("Content-Type", "application/cloudevents+json"), HTTPField("X-Session-Token", start.token),
            ]
            #expect(try await pair.other.post("/webhooks/chat/main", headers, body: event).accepted == 1)
            try await pair.drained()
            #expect(try await pair.database.rows("select session_id, text from messages") == [[start.sessionID, "Hello"]])
        }
    }

    @Test(
        "Browsers that count from 1 use no ids of each other, and the same event to both gateways is one row",
        arguments: SharedDatabase.Way.allCases)
    func ids(way: SharedDatabase.Way) async throws {
        try await TwoGateways.with(by: way) { pair in
            let asha = try await pair.one.start(Start.chat)
            let ravi = try await pair.other.start(#"{"phone":"+919812345678","channel":"chat"}"#)
            let event = #"{"specversion":"1.0","id":"1","source":"/chat/page","type":"message.text","data":{"text":"Hello"}}"#
            for token in [asha.token, ravi.token] {
                let headers = [HTTPField("Content-Type", "application/cloudevents+json"), HTTPField("X-Session-Token", token)]
                for client in [pair.one, pair.other] {
                    #expect(try await client.post("/webhooks/chat/main", headers, body: event).accepted == 1)
                }
            }
            let signed = event.replacing(#""data":{"#, with: #""data":{"phone":"+919812345678","#)
            #expect(try await pair.one.deliver(signed, to: .chat).accepted == 1)
            try await pair.drained()
            let rows = try await pair.database.rows(
                "select c.phone, replace(m.external_id, c.contact_id::text, 'CONTACT') from messages m join contacts c using (contact_id) order by 1, 2"
            )
            #expect(
                rows == [
                    ["+919812345678", "#CONTACT#/chat/page#1"], ["+919812345678", "/chat/page#1"],
                    ["+919876543210", "#CONTACT#/chat/page#1"],
                ])
        }
    }

    @Test(
        "During an outage of the database the journals answer; afterwards there is one session, and both tokens lead to it",
        arguments: SharedDatabase.Way.allCases)
    func outage(way: SharedDatabase.Way) async throws {
        let server = try await PostgresServer.start()
        try await TwoGateways.with(by: way, on: server) { pair in
            try await server.kill9()
            let first = try await pair.one.start(Start.chat)
            let second = try await pair.other.start(Start.kiosk)
            #expect([first, second].map(\.status) == [201, 201] && first.token != second.token)
            #expect([first, second].map { $0.json?["persisted"].bool } == [false, false])
            #expect(try await pair.other.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            try await server.restart()
            try await pair.drained()
            #expect(
                try await pair.database.rows("select session_id, customer_id from sessions where status = 'active'") == [
                    [first.sessionID, "103"]
                ])
            #expect(
                try await pair.database.rows("select metadata->>'merged_into' from sessions where status = 'merged'") == [[first.sessionID]]
            )
            #expect(try await pair.database.rows("select count(*) from contacts where merged_into is null") == [["1"]])
            // The post comes before the look-up: at the other gateway nobody has used this token yet.
            for (index, client) in [pair.one, pair.other].enumerated() {
                for (number, token) in [first.token, second.token].enumerated() {
                    let event = #"{"specversion":"1.0","id":"\#(index)\#(number)","source":"shop","type":"typing"}"#
                    let headers = [HTTPField("Content-Type", "application/cloudevents+json"), HTTPField("X-Session-Token", token)]
                    #expect(try await client.post("/webhooks/chat/main", headers, body: event).accepted == 1)
                    #expect(try await client.get("/session", token: token).sessionID == first.sessionID)
                }
            }
            try await pair.drained()
            #expect(try await pair.database.rows("select count(*), count(distinct session_id) from events") == [["4", "1"]])
            for journal in [pair.oneJournal, pair.otherJournal] {
                #expect(try journal.rows("SELECT session_id FROM sessions WHERE status = 'active'") == [[first.sessionID]])
            }
            // Both journals now know both tokens.
            try await server.kill9()
            for client in [pair.one, pair.other] {
                let answer = try await client.get("/session", token: second.token)
                #expect(answer.sessionID == first.sessionID, "\(answer.status) \(answer.text)")
            }
            #expect(try await pair.one.end(token: second.token).json?["status"].string == "logged_out")
            #expect(try await pair.one.get("/session", token: first.token).status == 401)
        }
        try await server.stop()
    }

    private enum Start {
        static let chat = #"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#
        static let kiosk = #"{"phone":"+919876543210","channel":"kiosk","customer_id":"103"}"#
    }
}

/// Two gateways that share only a database.
struct TwoGateways: Sendable {
    let one: GatewayClient
    let other: GatewayClient
    let oneJournal: JournalFile
    let otherJournal: JournalFile
    let database: SharedDatabase

    static func with(
        by way: SharedDatabase.Way, on server: PostgresServer? = nil, _ body: (TwoGateways) async throws -> Void
    ) async throws {
        let database = try await SharedDatabase.make(on: server)
        try await database.settings(by: way) { section in
            let settings = GatewayFolder.settings(extra: section)
            try await GatewayFolder.withGateway(settings: settings) { folder, gateway in
                try await GatewayFolder.withGateway(settings: settings) { otherFolder, otherGateway in
                    try await body(
                        TwoGateways(
                            one: GatewayClient(gateway), other: GatewayClient(otherGateway), oneJournal: folder.journal,
                            otherJournal: otherFolder.journal, database: database))
                }
            }
        }
    }

    /// Waits until the database has everything from both gateways.
    func drained(seconds: Int = 120) async throws {
        try await one.drained(seconds: seconds)
        try await other.drained(seconds: seconds)
    }
}
