import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Rows with a time that does not move their session")
struct UnmovingRowsTests {
    private let rig: TemporaryJournal
    private let others = (1..<10).map { Party.phone("91987654321\($0)") }

    /// Opens ten sessions and defers their times.
    init() async throws {
        rig = try TemporaryJournal(SessionPolicy(idleTimeout: .seconds(100)), access: .claimed)
        let people = [Party.phone("919876543210")] + others
        for time in ["old", "new"] {
            try await rig.accept(rig.delivery(), people.enumerated().map { .message("\(time)-\($0)", from: $1) })
            rig.clock.advance(by: .seconds(10))
        }
        #expect(try rig.count("unwritten_times") == 10)
    }

    /// Requires that nothing else was written, and that a reader of the files that `kill -9` leaves sees the same times.
    private func require(waiting: Int, lastActivity: Instant) async throws {
        #expect(try rig.count("unwritten_times") == waiting)
        let killed = try rig.readerOfKilled()
        for reader in [rig.journal.reader, killed.reader] {
            let session = try #require(try await reader.sessions(phone: "+919876543210", limit: 1).first)
            #expect([session.lastActivity, session.expiresAt] == [lastActivity, lastActivity.adding(.seconds(100))])
            #expect(try await reader.check().problems == [])
        }
        try await rig.journal.writeTimes()
        #expect(try await rig.journal.reader.check().problems == [])
        #expect(
            try rig.rows("SELECT last_activity FROM sessions WHERE phone = '+919876543210'") == [lastActivity.description])
    }

    @Test("The end of a call moves no session")
    func joining() async throws {
        let moved = rig.clock.now.adding(.seconds(-10))
        let end = Event(
            externalID: "call", channel: .whatsapp, party: .phone("919876543210"), effect: .joins,
            content: .activity(type: "call.terminate", data: "{}"))
        try await rig.accept(end)
        #expect(try rig.rows("SELECT seq = (SELECT max(seq) FROM events) FROM unmoving_rows") == ["1"])
        try await require(waiting: 10, lastActivity: moved)
    }

    @Test("A message that completes another moves nothing, and the time of the other is kept")
    func completing() async throws {
        try await rig.accept(rig.delivery("a"), [.placeholder("w", effect: .moves)])
        let moved = rig.clock.now
        rig.clock.advance(by: .seconds(5))
        #expect(try await rig.accept(rig.delivery("b"), [.image("w", effect: .moves)]).accepted == 1)
        try await require(waiting: 9, lastActivity: moved)
    }

    @Test("An item that the database puts into another session moves it only to the time that the database reports")
    func moved() async throws {
        let last = rig.clock.now.adding(.seconds(-10))
        rig.clock.advance(by: .seconds(5))
        let other = try #require(others.first)
        try await rig.accept(.message("moved", from: other))
        let session = try rig.rows("SELECT session_id FROM sessions WHERE phone = '+919876543210'")[0]
        let item = try rig.rows("SELECT message_id FROM messages WHERE external_id = 'moved'")[0]
        try await rig.journal.adopt(SharedRows(moved: [MovedItem(id: item, session: try #require(SessionID(session)))]))
        #expect(try rig.rows("SELECT session_id FROM messages WHERE external_id = 'moved'") == [session])
        // The session to which the item belonged keeps the time that the item gave it.
        let killed = try rig.readerOfKilled()
        let former = try await killed.reader.sessions(phone: "+919876543211", limit: 1)
        #expect(former.map(\.lastActivity) == [rig.clock.now])
        try await require(waiting: 9, lastActivity: last)
    }

    @Test("A capture with a future time moves its session to now")
    func future() async throws {
        var delivery = rig.delivery("later")
        delivery.receivedAt = rig.clock.now.adding(.seconds(50))
        try await rig.accept(delivery, [.message("m")])
        #expect(try rig.count("unmoving_rows") == 1)
        try await require(waiting: 9, lastActivity: rig.clock.now)
    }

    @Test("A number that is used again after its row was deleted by SQL counts with its new row")
    func removedRows() async throws {
        let end = Event(
            externalID: "call", channel: .whatsapp, party: .phone("919876543210"), effect: .joins,
            content: .activity(type: "call.terminate", data: "{}"))
        try await rig.accept(end)
        try rig.execute("DELETE FROM deliveries; DELETE FROM events")
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.message("m"))
        try await require(waiting: 10, lastActivity: rig.clock.now)
    }
}

@Suite("The check of session times")
struct TimesCheckTests {
    private let rig: TemporaryJournal

    /// Opens two sessions and moves both; the times of the second are deferred.
    init() async throws {
        rig = try TemporaryJournal(access: .claimed)
        for number in 0..<2 { try await rig.accept(.message("a-\(number)", from: .phone("91987654321\(number)"))) }
        rig.clock.advance(by: .seconds(10))
        try await rig.accept(.message("b-0", from: .phone("919876543210")))
        try await rig.journal.writeTimes()
        rig.clock.advance(by: .seconds(10))
        try await rig.accept(.message("b-1", from: .phone("919876543211")))
        #expect(try rig.count("unwritten_times") == 1)
    }

    @Test("Deferred times are no problem, and a position that is too low changes nothing")
    func sound() async throws {
        #expect(try await rig.journal.reader.check().problems == [])
        let times = try rig.rows("SELECT last_activity, expires_at FROM current_sessions ORDER BY 1")
        try rig.execute("UPDATE session_positions SET seq = since_seq")
        #expect(try await rig.journal.reader.check().problems == [])
        #expect(try rig.rows("SELECT last_activity, expires_at FROM current_sessions ORDER BY 1") == times)
    }

    @Test(
        "Faults of the position and of session times are reported",
        arguments: [
            (
                "UPDATE session_positions SET seq = 1000",
                "times of sessions are said to be written up to number 1000, and the last number in use is "
            ),
            ("UPDATE session_positions SET seq = -1", "times of sessions are said to be written up to number -1, which is before 0"),
            // A position between the two.
            ("UPDATE session_positions SET seq = (SELECT max(seq) FROM messages)", "1 active sessions lack times that their rows tell"),
            ("UPDATE sessions SET last_activity = created_at", "1 active sessions lack times that their rows tell, up to "),
            ("UPDATE sessions SET expires_at = last_activity", "2 active sessions lack times that their rows tell, up to "),
            ("DELETE FROM session_positions", "session_positions has 0 rows rather than one: "),
            ("UPDATE session_positions SET idle_timeouts = '{'", "the timeouts in session_positions cannot be read: "),
            ("UPDATE session_positions SET idle_timeout = -1", "the timeouts in session_positions cannot be read: "),
            ("INSERT INTO unmoving_rows (seq) VALUES (1000)", "unmoving_rows names rows that are not there"),
        ])
    func problems(_ damage: String, _ expected: String) async throws {
        try rig.execute(damage)
        let problems = try await rig.journal.reader.check().problems
        #expect(problems.contains { $0.hasPrefix(expected) }, "\(problems)")
    }

    @Test("If the position is missing, the next transaction writes it again")
    func lost() async throws {
        try rig.execute("DELETE FROM session_positions")
        try await rig.accept(.message("c"))
        #expect(try rig.rows("SELECT seq = (SELECT max(seq) FROM messages) FROM session_positions") == ["1"])
        #expect(try await rig.journal.reader.check().problems == [])
    }
}
