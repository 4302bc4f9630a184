import JSON
import Messaging
import SharedCases
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Messages that complete a stored one")
struct CompletionTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(syncTarget: "db") }

    private static let columns = "type, text, content, context, direction, sender, sent_at, received_at, delivery_id"

    @discardableResult
    private func post(_ body: String, _ events: Event...) async throws -> Receipt {
        defer { rig.clock.advance(by: .seconds(60)) }
        return try await rig.accept(rig.delivery(body), events)
    }

    /// All rows of all tables that a delivery can change.
    private func everything() throws -> [[String]] {
        try [
            "deliveries", "messages", "message_statuses", "events", "dead_letters", "contacts", "identities", "sessions", "differences",
            "left_numbers",
        ].map { try rig.rows("SELECT * FROM \($0)") }
    }

    @Test("Every pair of messages follows the rule of the core", arguments: MessageSuccessionCase.all)
    func rule(succession: MessageSuccessionCase) {
        func side(_ message: (kind: MessageSuccessionCase.Kind, isInSession: Bool)) -> MessageSuccession.Side {
            MessageSuccession.Side(isPlaceholder: message.kind == .placeholder, isInSession: message.isInSession)
        }
        for saysTheSame in [true, false] {
            let found = MessageSuccession(of: side(succession.new), to: side(succession.stored), saysTheSame: saysTheSame)
            let rest: MessageSuccession = saysTheSame || succession.new.kind == .placeholder ? .repeats : .differs
            #expect(found == (succession.completes ? .completes : rest))
        }
    }

    @Test(
        "An image completes the row of its placeholder, and repeating both changes nothing",
        arguments: [Event.placeholder("w"), .unavailable("w")])
    func completes(placeholder: Event) async throws {
        try await post("first", .message("before", effect: .none), placeholder, .message("after", effect: .none))
        let id = try rig.rows("SELECT message_id FROM messages WHERE external_id = 'w'")
        let receipt = try await post("second", .image("w"))
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [1, 0, 0])
        #expect(try rig.rows("SELECT message_id FROM messages WHERE external_id = 'w'") == id)
        #expect(
            try rig.rows("SELECT type, text, content, received_at, body FROM messages NATURAL JOIN deliveries WHERE external_id = 'w'") == [
                #"image|A cat|{"id":"9"}|2026-11-22T18:01:00.000Z|second"#
            ])
        #expect(try rig.counts() == [3, 0, 0, 0, 2])
        #expect(try await rig.journal.reader.check().problems == [])
        let before = try everything()
        for _ in 0..<2 {
            let first = try await post("first", .message("before", effect: .none), placeholder, .message("after", effect: .none))
            let second = try await post("second", .image("w"))
            #expect([first.accepted, first.duplicates, second.accepted, second.duplicates] == [0, 3, 0, 1])
        }
        #expect(try everything() == before)
    }

    @Test("The completed row equals, except for its ids, the one that the message alone would have created")
    func wholeRow() async throws {
        let other = try TemporaryJournal()
        try await post("first", .placeholder("w"))
        other.clock.advance(by: .seconds(60))
        try await post("second", .image("w"))
        try await other.accept(other.delivery("second"), [.image("w")])
        for column in Tables.messages.description.columns where column.name != "seq" && column.kind != .uuid {
            let row = "SELECT quote(\(column.name)) FROM messages"
            #expect(try rig.rows(row) == other.rows(row), "\(column.name)")
        }
    }

    @Test("A placeholder that arrives after its message is a duplicate", arguments: [Event.placeholder("w"), .unavailable("w")])
    func late(placeholder: Event) async throws {
        try await post("second", .image("w"))
        let before = try everything()
        let receipt = try await post("first", placeholder)
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [0, 1, 0])
        #expect(try everything() == before)
    }

    @Test("A row that was sent as a placeholder is sent again")
    func carried() async throws {
        try await post("first", .placeholder("w"))
        let page = try await rig.journal.outbox(after: 0, limit: 100)
        try await rig.journal.advance("db", to: page.end)
        try await post("second", .image("w"))
        #expect(try await rig.journal.reader.backlog(of: "db").depth == 1)
        let items = try await rig.journal.outbox(after: page.end, limit: 100).items
        #expect(items.map(\.kind) == [.message])
        let record = try JSON(parsing: try #require(items.first).record)
        #expect(record["type"].string == "image" && record["external_id"].string == "w")
        try await rig.journal.advance("db", to: try #require(items.first).sequence)
        #expect(try await rig.journal.reader.backlog(of: "db").depth == 0)
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("An echo completes the row of its placeholder and joins the existing session")
    func echo() async throws {
        let session = try await rig.start("9876543210")
        try await post("first", .placeholder("w"))
        let receipt = try await post("second", .message("w", effect: .joins, direction: .outbound))
        #expect(receipt.accepted == 1)
        #expect(try rig.rows("SELECT direction, type, session_id FROM messages") == ["outbound|text|\(session.id)"])
    }

    @Test("A live message after its copy from the history opens the session, once")
    func opens() async throws {
        try await post("past", .message("w", effect: .none))
        #expect(try rig.count("sessions") == 0)
        let receipt = try await post("live", .message("w"))
        #expect([receipt.accepted, receipt.duplicates] == [1, 0])
        #expect(try rig.rows("SELECT s.status FROM messages JOIN sessions s USING (session_id)") == ["active"])
        let before = try everything()
        #expect(try await post("live", .message("w")).duplicates == 1)
        #expect(try await post("past", .message("w", effect: .none)).duplicates == 1)
        #expect(try everything() == before)
    }

    @Test("A live message after its copy from the history moves the existing session", arguments: [true, false])
    func moves(isRemembered: Bool) async throws {
        let session = try await rig.start("9876543210")
        try await post("past", .message("w", effect: .none))
        let rig = try isRemembered ? self.rig : self.rig.reopened()
        rig.clock.advance(by: .seconds(3600))
        try await rig.accept(rig.delivery("live"), [.message("w")])
        #expect(try await rig.session(session.id).lastActivity == rig.clock.now)
        #expect(try rig.rows("SELECT session_id FROM messages") == [session.id.description])
    }

    @Test("Different content of a copy from the history is recognized later, and both deliveries are found by the id")
    func otherwise() async throws {
        try await post("past", .message("w", effect: .none))
        #expect(try await post("live", .image("w", effect: .moves)).accepted == 1)
        let before = try everything()
        #expect(try await post("past", .message("w", effect: .none)).duplicates == 1)
        #expect(try await post("live", .image("w", effect: .moves)).duplicates == 1)
        #expect(try everything() == before)
        let found = try await rig.journal.reader.captures(CaptureFilter(externalID: "w"), after: 0, limit: 10)
        #expect(found.map { String(decoding: $0.delivery.body, as: UTF8.self) } == ["past", "live"])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("A placeholder that was in a session stays there, and its message opens no other one")
    func stays() async throws {
        try await post("first", .placeholder("w", effect: .moves))
        let session = try #require(try await rig.sessions().first)
        rig.clock.advance(by: .seconds(3 * 86_400))
        #expect(try await rig.accept(rig.delivery("second"), [.image("w", effect: .moves)]).accepted == 1)
        #expect(try rig.rows("SELECT type, session_id FROM messages") == ["image|\(session.id)"])
        #expect(try await rig.sessions().count == 1)
    }

    @Test("The status of a message from the history does not count as a difference")
    func history() async throws {
        try await post("live", .message("w"))
        var copy = Event.message("w", effect: .none)
        if case .message(var message) = copy.content {
            message.context = #"{"id":"wamid.0","history_status":"READ"}"#
            copy.content = .message(message)
        }
        let receipt = try await post("past", copy)
        #expect([receipt.duplicates, receipt.differing] == [1, 0])
    }

    @Test("Reading both deliveries again shows no difference from what is stored")
    func compared() async throws {
        try await post("first", .message("before", effect: .none), .placeholder("w"), .message("after", effect: .none))
        try await post("second", .message("x", effect: .none), .image("w"), .message("y", effect: .none))
        let captures = try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 10)
        let made: [[Event]] = [
            [.message("before", effect: .none), .placeholder("w"), .message("after", effect: .none)],
            [.message("x", effect: .none), .image("w"), .message("y", effect: .none)],
        ]
        #expect(try await rig.journal.reader.differences(zip(captures, made).map { ReadCapture($0, $1) }) == [])
        #expect(try await rig.journal.reader.items(of: try #require(captures.last).id).map(\.externalID) == ["x", "w", "y"])
        #expect(try await rig.journal.reader.items(of: try #require(captures.first).id).map(\.externalID) == ["before", "after"])
    }
}

extension Event {
    /// A placeholder from the history for a message with media, whose content arrives later.
    static func placeholder(_ id: String, effect: SessionEffect = .none) -> Event {
        unsupported(id, effect, #"{"id":"\#(id)","type":"media_placeholder"}"#)
    }

    /// A message that WhatsApp cannot show.
    static func unavailable(_ id: String, effect: SessionEffect = .none) -> Event {
        unsupported(id, effect, #"{"id":"\#(id)","type":"unsupported","errors":[{"code":131060,"title":"Unavailable"}]}"#)
    }

    private static func unsupported(_ id: String, _ effect: SessionEffect, _ content: String) -> Event {
        let message = Message(type: .unsupported, sender: "919876543210", content: content)
        return Event(externalID: id, channel: .whatsapp, line: "line-1", party: .asha, effect: effect, content: .message(message))
    }

    static func image(_ id: String, effect: SessionEffect = .none) -> Event {
        let message = Message(type: .image, sender: "919876543210", text: "A cat", content: #"{"id":"9"}"#)
        return Event(externalID: id, channel: .whatsapp, line: "line-1", party: .asha, effect: effect, content: .message(message))
    }
}
