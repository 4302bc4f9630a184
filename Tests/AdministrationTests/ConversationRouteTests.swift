import HTTPTypes
import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Conversations over HTTP")
struct ConversationRouteTests {
    @Test("The list has one entry per person, the latest first, with the phone masked")
    func list() async throws {
        let rig = try AdminRig()
        try await rig.event("1", phone: "+919812343210", text: "first")
        try await rig.event("2", phone: "+919812343211", text: "second")
        rig.clock.advance(by: .seconds(60))
        let contact = try await rig.event("3", phone: "+919812343210", text: "third")
        let items = try await rig.get("/admin/conversations").items
        #expect(items.map { $0["last_text"].string } == ["third", "second"])
        #expect(items.map { $0["phone"].string } == ["+91••••••3210", "+91••••••3211"])
        #expect(items.first?["contact_id"].string == contact)
        #expect(items.first?["channels"].elements.map(\.string) == ["kiosk"])
        #expect(items.first?["active_session"].bool == true)
        #expect(items.first?["last_at"].string == rig.clock.now.description)
    }

    @Test("Pages of the list have everybody exactly once, whether rows are in lists yet or not", arguments: [true, false])
    func pages(isListed: Bool) async throws {
        let rig = try AdminRig()
        for number in 0..<7 { try await rig.event("\(number)", phone: "+91981234320\(number)") }
        // The people of the first page wrote before, too.
        for number in 4..<7 { try await rig.event("again \(number)", phone: "+91981234320\(number)") }
        if isListed { try await rig.journal.listRows() }
        var phones: [String] = []
        var target = "/admin/conversations?limit=3"
        for _ in 0..<4 {
            let page = try await rig.get(target)
            phones += page.items.compactMap { $0["phone"].string }
            guard let next = page.next else { break }
            target = "/admin/conversations?limit=3&after=\(next)"
        }
        #expect(phones == [6, 5, 4, 3, 2, 1, 0].map { "+91••••••320\($0)" })
    }

    @Test(
        "A search finds a person by the phone in any spelling, a part of the name, the customer, or the beginning of the token",
        arguments: ["+91 98123 43210", "098123-43210", "9812343210", "asha", "SHA K", "C-7", "TOKEN"])
    func search(query: String) async throws {
        let rig = try AdminRig()
        try await rig.whatsApp(
            """
            "contacts":[{"wa_id":"919812343210","profile":{"name":"Asha Kumar"}}],"messages":[{"from":"919812343210","id":"wamid.1",\
            "timestamp":"1795370399","type":"text","text":{"body":"Hello"}}]
            """)
        try await rig.event("1", phone: "+919812343219")
        let started = try await rig.send(
            .post, "/session/start", #"{"phone":"+919812343210","channel":"chat","customer_id":"C-7"}"#,
            headers: [.contentType: "application/json"])
        let token = started.json?["session_token"].string ?? ""
        let query = query == "TOKEN" ? String(token.prefix(10)) : query
        let encoded = query.replacing("+", with: "%2B").replacing(" ", with: "%20")
        let items = try await rig.get("/admin/conversations?query=\(encoded)").items
        #expect(items.map { $0["name"].string } == ["Asha Kumar"])
    }

    @Test("Of a token only the first eight characters are compared, so that nobody can guess it character by character")
    func guesses() async throws {
        let rig = try AdminRig()
        let started = try await rig.send(
            .post, "/session/start", #"{"phone":"+919812343210","channel":"chat"}"#, headers: [.contentType: "application/json"])
        let token = started.json?["session_token"].string ?? ""
        let wrong = token.hasPrefix("A") ? "B" : "A"
        for (query, count) in [
            (token.prefix(7), 0), (token.prefix(8), 1), (token.prefix(9), 1), (token.prefix(8) + "~", 1), (token[...], 1),
            (wrong + token.dropFirst(), 0),
        ] {
            #expect(try await rig.get("/admin/conversations?query=\(query)").items.count == count, "\(query.count) characters")
        }
    }

    @Test(
        "A customer's id that is the phone in another spelling is masked like the phone",
        arguments: [
            ("9812343210", "981•••3210"), ("098123-43210", "098•••••3210"), ("C-7", "C-7"), ("43210", "43210"),
            ("9812343211", "9812343211"),
        ])
    func customerIDs(id: String, shown: String) async throws {
        let rig = try AdminRig()
        let started = try await rig.send(
            .post, "/session/start", #"{"phone":"+919812343210","channel":"chat","customer_id":"\#(id)"}"#,
            headers: [.contentType: "application/json"])
        let session = started.json?["session"]["session_id"].string ?? ""
        let contact = try #require(try await rig.get("/admin/conversations").items.first?["contact_id"].string)
        for path in ["conversations", "sessions", "sessions/\(session)", "contacts/\(contact)"] {
            let text = try await rig.get("/admin/\(path)").text
            #expect(text.contains(#""customer_id":"\#(shown)""#) && (id == shown || !text.contains(id)), "\(path): \(text)")
        }
    }

    @Test("A search that finds nobody, and one with too few characters of a token, have an empty list", arguments: ["nobody", "1"])
    func searchNobody(query: String) async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        #expect(try await rig.get("/admin/conversations?query=\(query)").text == #"{"items":[],"next":null}"#)
    }

    @Test("A contact shows its identities and session without the whole phone or a token; only reveal does, which is recorded")
    func contact() async throws {
        let rig = try AdminRig()
        let id = try await rig.event("1")
        let answer = try await rig.get("/admin/contacts/\(id)")
        #expect(answer.json?["active_session"]["status"].string == "active")
        #expect(answer.json?["identities"][0]["kind"].string == "phone")
        #expect(!answer.text.contains("9812343210") && !answer.text.contains("token"))
        let revealed = try await rig.send(.post, "/admin/contacts/\(id)/reveal")
        #expect(revealed.text == #"{"phone":"+919812343210"}"#)
        #expect(try rig.file.rows("SELECT operator, action, target, outcome FROM operator_actions") == ["ops|contact.reveal|\(id)|done"])
    }

    /// How far the lists of rows are.
    enum Lists: CaseIterable, Sendable {
        case unwritten
        /// Their entries are written, but not yet that they are complete.
        case begun
        case complete

        func write(_ rig: AdminRig) async throws {
            if self != .unwritten { try await rig.journal.listRows() }
            if self == .begun { try rig.file.execute("UPDATE listed_rows SET seq = 0") }
        }
    }

    @Test("A timeline has messages with their statuses, activities, and both ends of a session", arguments: Lists.allCases)
    func timeline(lists: Lists) async throws {
        let rig = try AdminRig()
        let id = try await rig.event("1", text: "Hello")
        try await rig.event("2", type: "screen.viewed")
        let session = try rig.file.rows("SELECT session_id FROM sessions").first ?? ""
        rig.clock.advance(by: .seconds(5))
        let ended = try await rig.send(.post, "/admin/sessions/\(session)/end")
        #expect(ended.json?["ended"].bool == true)
        try await lists.write(rig)
        let items = try await rig.get("/admin/contacts/\(id)/timeline").items
        #expect(items.map { $0["kind"].string } == ["session_ended", "activity", "message", "session_started"])
        #expect(items.first?["type"].string == "logged_out")
        #expect(items.filter { $0["kind"].string == "message" }.map { $0["text"].string } == ["Hello"])
        #expect(items.filter { $0["kind"].string == "activity" }.map { $0["type"].string } == ["screen.viewed"])
        #expect(items.allSatisfy { $0["session_id"].string == session })
    }

    @Test("A message of the business shows what happened to it, whether its statuses are in lists yet or not", arguments: Lists.allCases)
    func statuses(lists: Lists) async throws {
        let rig = try AdminRig()
        let id = try await rig.event("0")
        try await rig.post(
            "/webhooks/whatsapp-cloud/main",
            """
            {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"smb_message_echoes","value":{"messaging_product":\
            "whatsapp","metadata":{"phone_number_id":"2","display_phone_number":"15550001111"},"message_echoes":[{"from":"15550001111",\
            "to":"919812343210","id":"wamid.out","timestamp":"1795370390","type":"text","text":{"body":"Hi"}}]}}]}]}
            """)
        for (index, word) in ["delivered", "sent", "read"].enumerated() {
            try await rig.whatsApp(
                """
                "statuses":[{"id":"wamid.out","status":"\(word)","timestamp":"179537039\([2, 1, 3][index])","recipient_id":"919812343210"}]
                """)
        }
        try await lists.write(rig)
        let items = try await rig.get("/admin/contacts/\(id)/timeline").items
        let message = items.first { $0["direction"].string == "outbound" }
        #expect(message?["statuses"].elements.map { $0["status"].string } == ["sent", "delivered", "read"])
    }

    @Test("Pages of a timeline have every entry exactly once")
    func timelinePages() async throws {
        let rig = try AdminRig()
        var id = ""
        for number in 0..<5 { id = try await rig.event("\(number)", text: "text \(number)") }
        try await rig.journal.listRows()
        for number in 5..<9 { try await rig.event("\(number)", text: "text \(number)") }
        var texts: [String] = []
        var target = "/admin/contacts/\(id)/timeline?limit=2"
        for _ in 0..<10 {
            let page = try await rig.get(target)
            texts += page.items.compactMap { $0["text"].string }
            guard let next = page.next else { break }
            target = "/admin/contacts/\(id)/timeline?limit=2&before=\(next)"
        }
        #expect(texts == (0..<9).reversed().map { "text \($0)" })
    }

    @Test("Sessions are listed by status and phone, the latest first, without tokens")
    func sessions() async throws {
        let rig = try AdminRig()
        try await rig.event("1", phone: "+919812343210")
        try await rig.event("2", phone: "+919812343211")
        let all = try await rig.get("/admin/sessions")
        #expect(all.items.map { $0["phone"].string } == ["+91••••••3211", "+91••••••3210"])
        #expect(!all.text.contains("token") && !all.text.contains("9812343210"))
        #expect(try await rig.get("/admin/sessions?phone=098123%2043210").items.count == 1)
        #expect(try await rig.get("/admin/sessions?status=expired").items.isEmpty)
        let first = try await rig.get("/admin/sessions?limit=1")
        let second = try await rig.get("/admin/sessions?limit=1&after=\(first.next ?? "")")
        #expect(second.items.map { $0["phone"].string } == ["+91••••••3210"])
    }
}
