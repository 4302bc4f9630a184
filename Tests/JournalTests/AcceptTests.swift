import Journal
import Messaging
import Testing

@Suite("Accepting a delivery")
struct AcceptTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test(
        "Every kind of event ends in exactly one table",
        arguments: [
            (Event.message("1"), [1, 0, 0, 0, 1], 1, 0), (.status("sent", of: "1"), [0, 1, 0, 0, 1], 1, 0),
            (.activity("screen.viewed", "1"), [0, 0, 1, 0, 1], 1, 0), (.notice("account_update", "1"), [0, 0, 1, 0, 1], 1, 0),
            (.unsupported("new_field", "1"), [0, 0, 1, 0, 1], 1, 0), (.change("1", of: .asha), [0, 0, 1, 0, 1], 1, 0),
            (.unreadable("{}"), [0, 0, 0, 1, 1], 0, 1),
        ])
    func oneTable(event: Event, counts: [Int], accepted: Int, rejected: Int) async throws {
        let receipt = try await rig.accept(event)
        #expect(try rig.counts() == counts)
        #expect([receipt.accepted, receipt.duplicates, receipt.rejected] == [accepted, 0, rejected])
    }

    @Test("A message is stored with everything known about it")
    func message() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", name: "Asha"), at: Instant(rfc3339: "2026-11-22T09:00:07Z")))
        let expected = """
            whatsapp-cloud|main|line-1|m-1|whatsapp|inbound|919876543210|text|Hello|{"body":"Hello"}|{"id":"wamid.0"}|\
            2026-11-22T09:00:07.000Z|2026-11-22T18:00:00.000Z
            """
        let stored = try rig.rows(
            """
            SELECT provider, account, line, external_id, channel, direction, sender, type, text, content, context, sent_at, received_at
            FROM messages
            """)
        #expect(stored == [expected])
        #expect(try rig.rows("SELECT count(*) FROM messages NATURAL JOIN deliveries") == ["1"])
    }

    @Test("A message creates its sender's contact, identities and session")
    func sender() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1", name: "Asha")))
        #expect(try rig.rows("SELECT phone, customer_id, display_name FROM contacts") == ["+919876543210|-|Asha"])
        #expect(
            try rig.rows("SELECT kind, scope, value FROM identities JOIN contacts USING (contact_id) ORDER BY kind")
                == ["phone||919876543210", "whatsapp_user_id|main|IN.1"])
        #expect(
            try rig.rows(
                """
                SELECT s.phone, s.customer_id, s.channel, s.status FROM messages m JOIN sessions s USING (session_id)
                JOIN contacts c ON c.contact_id = s.contact_id AND c.contact_id = m.contact_id
                """) == ["+919876543210|+919876543210|whatsapp|active"])
    }

    @Test("A delivery is kept byte for byte")
    func bytes() async throws {
        var delivery = rig.delivery()
        delivery.body = (0...255).map { UInt8($0) } + Array("नमस्ते\r\n\0".utf8)
        delivery.target = "/webhooks/whatsapp-cloud/main?a=%20b"
        try await rig.accept(delivery, [.message("m-1")])
        #expect(try rig.bytes("SELECT body FROM deliveries") == delivery.body)
        #expect(
            try rig.rows("SELECT adapter, account, method, target, received_at FROM deliveries") == [
                "whatsapp-cloud|main|POST|/webhooks/whatsapp-cloud/main?a=%20b|2026-11-22T18:00:00.000Z"
            ])
    }

    @Test(
        "Headers that the adapter names, or that any adapter may need, are kept; credentials and other adapters' headers never are",
        arguments: [
            ("content-type", true), ("content-encoding", true), ("user-agent", true), ("host", true), ("date", true),
            ("x-request-id", true),
            ("x-hub-signature-256", true), ("ce-id", true), ("ce", false), ("x-hub-signature", false), ("webhook-signature", false),
            ("x-twilio-signature", false), ("x-forwarded-proto", false), ("authorization", false), ("proxy-authorization", false),
            ("cookie", false), ("set-cookie", false),
            ("x-api-key", false), ("x-auth-token", false), ("x-forwarded-access-token", false),
        ])
    func headers(name: String, isKept: Bool) async throws {
        let headers = [Delivery.Header("content-type", "a/b"), Delivery.Header(name, "the \"value\"")]
        try await rig.accept(rig.delivery(headers: headers), [.message("m-1")])
        let kept = try rig.rows(
            "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM deliveries, json_each(deliveries.headers)")
        #expect(kept == ["content-type|a/b"] + (isKept ? ["\(name)|the \"value\""] : []))
    }

    @Test("For an adapter that the journal does not know, only the headers that any adapter may need are kept")
    func unknownAdapter() async throws {
        var delivery = rig.delivery(headers: ["content-type", "x-hub-signature-256", "ce-id"].map { Delivery.Header($0, "x") })
        delivery.adapter = "another"
        try await rig.accept(delivery, [.message("m-1")])
        #expect(try rig.rows("SELECT headers FROM deliveries") == [#"[["content-type","x"]]"#])
    }

    @Test("A delivery keeps only the mark of a session's token, even if the token looks like such a mark")
    func sessionToken() async throws {
        for (index, token) in ["secret", SessionToken.mark(owner: ContactID(milliseconds: 0, sequence: 0, random: 0))].enumerated() {
            try await rig.accept(rig.delivery(headers: [Delivery.Header("x-session-token", token)]), [.message("m-\(index)")])
        }
        #expect(try rig.rows("SELECT DISTINCT headers FROM deliveries") == [#"[["x-session-token","•••"]]"#])
        #expect(try rig.rows("SELECT external_id FROM messages") == ["m-0", "m-1"])
    }

    @Test("The items of a batch are stored with the lines that they were sent to")
    func lines() async throws {
        try await rig.accept(.message("m-1", line: "line-1"), .message("m-2", line: "line-2"), .message("m-3", line: nil))
        #expect(try rig.rows("SELECT line FROM messages ORDER BY external_id") == ["line-1", "line-2", "-"])
        #expect(try rig.count("deliveries") == 1)
    }

    @Test("A message whose sender and time cannot be read is stored all the same")
    func senderUnreadable() async throws {
        let receipt = try await rig.accept(.message("m-1", from: nil, at: nil, effect: .none))
        #expect(receipt.accepted == 1)
        #expect(
            try rig.rows("SELECT contact_id, session_id, sender, sent_at FROM messages") == ["-|-|-|2026-11-22T18:00:00.000Z"])
        #expect(try rig.count("sessions") == 0)
    }

    @Test("A number that is not a phone leads to a single contact too", arguments: ["12", "client:7", "٣", "000 1"])
    func notAPhone(text: String) async throws {
        try await rig.accept(.message("m-1", from: .phone(text)), .message("m-2", from: .phone(text)))
        #expect(try rig.rows("SELECT phone FROM contacts") == ["-"])
        #expect(try rig.rows("SELECT phone, status FROM sessions") == ["-|active"])
        #expect(try rig.rows("SELECT DISTINCT sender FROM messages") == [text])
    }

    @Test("A delivery without events stores nothing")
    func empty() async throws {
        let receipt = try await rig.accept(rig.delivery(), [])
        #expect(receipt == Receipt())
        #expect(try rig.counts() == [0, 0, 0, 0, 0])
    }

    @Test(
        "A text with NUL, quotes and characters of every plane of Unicode is read back unchanged",
        arguments: ["a\0b", "'; DROP TABLE messages; --", "👩‍👩‍👧‍👦 नी", ""])
    func text(text: String) async throws {
        var event = Event.message("m-1")
        event.content = .message(Message(type: .text, sender: "919876543210", text: text, content: "{}"))
        try await rig.accept(event)
        #expect(try rig.bytes("SELECT CAST(text AS BLOB) FROM messages") == Array(text.utf8))
    }
}
