import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Duplicates")
struct DeduplicationTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private static let events: [Event] = [
        .message("1"), .message("2", from: nil, effect: .none), .message("3", effect: .joins),
        .status("sent", of: "1", at: Instant(milliseconds: 0)),
        .activity("screen.viewed", "1"), .notice("account_update", "1"), .unsupported("new_field", "1"), .change("1", of: .asha),
    ]

    @Test("A repeated event is a duplicate, and its delivery is not kept again", arguments: events)
    func again(event: Event) async throws {
        try await rig.accept(event)
        let before = try everything()
        rig.clock.advance(by: .seconds(60))
        let receipt = try await rig.accept(event)
        #expect([receipt.accepted, receipt.duplicates] == [0, 1])
        #expect(try everything() == before)
    }

    @Test("An event that occurs twice in one delivery is stored once", arguments: events)
    func twiceInOne(event: Event) async throws {
        let receipt = try await rig.accept(event, event)
        #expect([receipt.accepted, receipt.duplicates] == [1, 1])
        #expect(try rig.counts().reduce(0, +) == 2)
    }

    @Test("A message with a known id is a duplicate after the journal is reopened", arguments: events)
    func afterReopening(event: Event) async throws {
        try await rig.accept(event)
        let next = try rig.reopened()
        let receipt = try await next.accept(event)
        #expect([receipt.accepted, receipt.duplicates] == [0, 1])
        #expect(try next.count("deliveries") == 1)
    }

    @Test("A delivery with new and known items is kept because of the new ones")
    func mixed() async throws {
        try await rig.accept(.message("1"))
        let receipt = try await rig.accept(.message("1"), .message("2"))
        #expect([receipt.accepted, receipt.duplicates] == [1, 1])
        #expect(try rig.counts() == [2, 0, 0, 0, 2])
    }

    @Test(
        "The same id with another account, type, status, time or recipient is another item",
        arguments: [
            (Event.message("1"), Event.message("1"), "other"), (.notice("a", "1"), .notice("b", "1"), "main"),
            (.notice("a", "1"), .notice("a", "1"), "other"), (.status("sent", of: "1"), .status("read", of: "1"), "main"),
            (.status("sent", of: "1"), .status("sent", of: "1", at: Instant(milliseconds: 1)), "main"),
            (.status("sent", of: "1"), .status("sent", of: "1", to: "919812345678"), "main"),
            (.status("sent", of: "1"), .status("sent", of: "1", to: nil), "main"),
            (.status("sent", of: "1"), .status("sent", of: "1"), "other"),
            // Pairs whose parts give the same text if they are joined without a separator.
            (.activity("viewed", "1"), .activity("iewed", "1v"), "main"),
        ])
    func another(first: Event, second: Event, account: String) async throws {
        try await rig.accept(first)
        let receipt = try await rig.accept(second, account: AccountName(account))
        #expect([receipt.accepted, receipt.duplicates] == [1, 0])
    }

    @Test("A repetition creates no contact and opens no session")
    func opensNothing() async throws {
        try await rig.accept(.message("1", from: nil, effect: .none), .activity("screen.viewed", "2", by: nil))
        var known = Event.message("1", from: nil, effect: .joins)
        known.party = .asha
        let receipt = try await rig.accept(known, .activity("screen.viewed", "2"))
        #expect([receipt.accepted, receipt.duplicates] == [0, 2])
        #expect(try rig.count("sessions") == 0)
        #expect(try rig.count("contacts") == 0)
    }

    @Test("A repetition neither moves nor revives a session")
    func movesNothing() async throws {
        try await rig.accept(.message("1"))
        rig.clock.advance(by: .seconds(3600))
        try await rig.accept(.message("1"))
        #expect(try await rig.sessions().map(\.lastActivity) == [Instant(rfc3339: "2026-11-22T18:00:00Z")])
        rig.clock.advance(by: .seconds(86_400))
        try await rig.accept(.message("1"))
        #expect(try await rig.sessions().count == 1)
    }

    @Test("A repetition does not change a name that was learned since")
    func keepsName() async throws {
        try await rig.accept(.message("1", from: .phone("919876543210", name: "Asha")))
        try await rig.accept(.message("2", from: .phone("919876543210", name: "Asha Rao")))
        let next = try rig.reopened()
        try await next.accept(.message("1", from: .phone("919876543210", name: "Asha")))
        #expect(try next.rows("SELECT display_name FROM contacts") == ["Asha Rao"])
    }

    @Test("A bad item in a batch does not affect the others, and is one dead letter, however often it is repeated")
    func unreadable() async throws {
        for round in 0..<3 {
            let receipt = try await rig.accept(.message("1"), .unreadable(#"{"id":null}"#, index: 1), .message("3"))
            #expect([receipt.accepted, receipt.duplicates, receipt.rejected] == (round == 0 ? [2, 0, 1] : [0, 2, 1]))
        }
        #expect(try rig.counts() == [2, 0, 0, 1, 1])
        #expect(
            try rig.rows("SELECT stage, reason, detail, record, created_at, resolved_at FROM dead_letters NATURAL JOIN deliveries") == [
                #"normalize|is missing|[1].id|{"id":null}|2026-11-22T18:00:00.000Z|-"#
            ])
    }

    @Test("The same bad item from another account is another dead letter")
    func unreadableElsewhere() async throws {
        try await rig.accept(.unreadable("{}"))
        try await rig.accept(.unreadable("{}"), account: "other")
        #expect(try rig.counts() == [0, 0, 0, 2, 2])
    }

    /// All rows of all tables that a delivery can change.
    private func everything() throws -> [[String]] {
        try ["deliveries", "messages", "message_statuses", "events", "dead_letters", "contacts", "identities", "sessions"].map {
            try rig.rows("SELECT * FROM \($0)")
        }
    }
}
