import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("What moves a session")
struct SessionActivityTests {
    private let rig: TemporaryJournal
    private let start: Instant

    init() throws {
        rig = try TemporaryJournal()
        rig.clock.advance(by: .milliseconds(123))
        start = rig.clock.now
    }

    @Test(
        "A message moves the last activity to the time at which it was sent, only forward, and never past the time of receipt",
        arguments: [
            // Milliseconds after the start: (sent, resulting last activity). All messages are received after 60 seconds.
            (30_000, 30_000), (59_999, 59_999), (60_000, 60_000), (0, 0), (-1, 0), (-3_600_000, 0), (60_001, 60_000), (9_000_000, 60_000),
        ])
    func sent(milliseconds: Int, lastActivity: Int) async throws {
        try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-1", at: start.adding(.milliseconds(milliseconds))))
        let session = try #require(try await rig.sessions().first)
        #expect(session.lastActivity == start.adding(.milliseconds(lastActivity)))
        #expect(session.expiresAt == session.lastActivity.adding(.seconds(86_400)))
    }

    @Test("A reported time in whole seconds stands for the last moment of that second")
    func wholeSeconds() async throws {
        try await rig.start("+919876543210")
        rig.clock.advance(by: .milliseconds(500))
        // The message was sent in the same second in which the session started, but later in that second.
        try await rig.accept(.message("m-1", at: start.adding(.milliseconds(-123))))
        #expect(try await rig.sessions().first?.lastActivity == start.adding(.milliseconds(500)))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-2", at: start.adding(.milliseconds(9_877))))
        #expect(try await rig.sessions().first?.lastActivity == start.adding(.milliseconds(10_876)))
    }

    @Test("A message without a time counts as sent when it was received")
    func withoutTime() async throws {
        try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-1"))
        #expect(try await rig.sessions().first?.lastActivity == rig.clock.now)
    }

    @Test("Messages out of order leave the times of the latest one", arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 1, 2]])
    func outOfOrder(minutes: [Int]) async throws {
        try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(3600))
        for minute in minutes { try await rig.accept(.message("m-\(minute)", at: start.adding(.seconds(60 * minute)))) }
        #expect(try await rig.sessions().first?.lastActivity == start.adding(.seconds(180)))
        let next = try rig.reopened()
        try await next.accept(.message("m-0", at: start))
        #expect(try await next.sessions().first?.lastActivity == start.adding(.seconds(180)))
    }

    @Test("Several messages in one delivery move the session to the latest of them")
    func batch() async throws {
        try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(3600))
        let times = [10, 500, 20].map { start.adding(.seconds($0)) }
        try await rig.accept(rig.delivery(), times.enumerated().map { .message("m-\($0)", at: $1) })
        #expect(try await rig.sessions().first?.lastActivity == start.adding(.seconds(500)))
    }

    @Test("A message belongs to the session whatever its channel; the session's own channel stays")
    func acrossChannels() async throws {
        let session = try await rig.start("+919876543210", on: .chat, customer: "103")
        rig.clock.advance(by: .seconds(1))
        try await rig.accept(.message("m-1"), .activity("screen.viewed", "a-1", by: .local("9876543210")))
        #expect(try rig.rows("SELECT session_id FROM messages UNION SELECT session_id FROM events") == [session.id.description])
        let after = try await rig.session(session.id)
        #expect(after.channel == .chat && after.customerID == "103" && after.lastActivity == rig.clock.now)
    }

    @Test(
        "Statuses, notices, identity changes, history and echoes move no session",
        arguments: [
            Event.status("read", of: "x"), .notice("account_update", "x"), .unsupported("new_field", "x"), .change("x", of: .asha),
            .message("x", effect: .none), .message("x", effect: .joins, direction: .outbound), .unreadable("{}"),
        ])
    func movesNothing(event: Event) async throws {
        let session = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(event)
        #expect(try await rig.session(session.id) == session)
        #expect(try rig.count("sessions") == 1)
    }

    @Test(
        "Statuses, notices, identity changes, history and echoes open no session",
        arguments: [
            Event.status("read", of: "x"), .notice("account_update", "x"), .unsupported("new_field", "x"), .change("x", of: .asha),
            .message("x", effect: .none), .message("x", effect: .joins, direction: .outbound), .unreadable("{}"),
        ])
    func opensNothing(event: Event) async throws {
        try await rig.accept(event)
        #expect(try rig.count("sessions") == 0)
    }

    @Test("A message from the business belongs to the live session; a message of the history belongs to none")
    func joins() async throws {
        let session = try await rig.start("+919876543210")
        try await rig.accept(.message("echo", effect: .joins, direction: .outbound), .message("old", effect: .none))
        #expect(
            try rig.rows("SELECT external_id, session_id, contact_id IS NULL FROM messages ORDER BY 1") == [
                "echo|\(session.id)|0", "old|-|0",
            ])
    }

    @Test("A message that the business sent after the session's end belongs to none")
    func joinsNothing() async throws {
        try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(86_400))
        try await rig.accept(.message("echo", effect: .joins, direction: .outbound))
        #expect(try rig.rows("SELECT session_id FROM messages") == ["-"])
        #expect(try rig.count("sessions") == 1)
    }

    @Test("A late message of a person without a session opens one that begins now")
    func lateMessage() async throws {
        try await rig.accept(.message("m-1", at: start.adding(.seconds(-86_400 * 3))))
        let session = try #require(try await rig.sessions().first)
        #expect(session.createdAt == start && session.lastActivity == start)
        #expect(session.expiresAt == start.adding(.seconds(86_400)))
    }
}
