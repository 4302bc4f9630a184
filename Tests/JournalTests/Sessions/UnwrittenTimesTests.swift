import JSON
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Session times that are not yet written")
struct UnwrittenTimesTests {
    private let rig: TemporaryJournal

    init() throws {
        rig = try TemporaryJournal(
            SessionPolicy(idleTimeout: .seconds(100), idleTimeouts: [.kiosk: .seconds(10)]), rememberedContacts: 50, access: .claimed)
    }

    /// A session that a message moved one minute after it was opened; its row still has the times of the opening.
    private func moved() async throws -> (session: Session, openedAt: Instant) {
        let opened = try await rig.start("+919876543210")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-1"))
        #expect(try rig.rows("SELECT last_activity FROM sessions") == [opened.lastActivity.description])
        var session = opened
        (session.lastActivity, session.expiresAt) = (rig.clock.now, rig.clock.now.adding(.seconds(100)))
        return (session, opened.lastActivity)
    }

    @Test("All readers see the true times: the gateway, a verb beside it, and the next process after a killed one")
    func everyReader() async throws {
        let (session, _) = try await moved()
        let left = try rig.readerOfKilled()
        for reader in [rig.journal.reader, try JournalReader(path: rig.path, now: rig.clock.source), left.reader] {
            #expect(try await reader.session(session.id) == session)
            #expect(try await reader.session(token: session.token) == session)
            #expect(try await reader.sessions(limit: 10) == [session])
            #expect(try await reader.check().problems == [])
        }
        #expect(try rig.rows("SELECT last_activity FROM current_sessions") == [session.lastActivity.description])
    }

    @Test("Another process always reads the true times, whatever was written or received in between")
    func askedAgain() async throws {
        let rig = try TemporaryJournal(SessionPolicy(idleTimeout: .seconds(100)), unwrittenRows: 8, access: .claimed)
        let other = try JournalReader(path: rig.path, now: rig.clock.source)
        let people = (0..<3).map { Party.phone("91987654321\($0)") }
        for number in 0..<60 {
            rig.clock.advance(by: .seconds(1))
            let end = Event(
                externalID: "call-\(number)", channel: .whatsapp, party: people[0], effect: .joins,
                content: .activity(type: "call.terminate", data: "{}"))
            // Only messages move a session; some are sent before the clock is set back.
            try await rig.accept(number % 7 == 6 ? end : .message("m-\(number)", from: people[number % 3]))
            if number == 40 {
                rig.clock.advance(by: .seconds(-600))
                #expect(try await rig.journal.returnSessionsToPresent() == 3)
            }
            for session in try await rig.sessions() {
                #expect(try await other.session(session.id) == session)
                #expect(try await other.session(token: session.token) == session)
            }
        }
        #expect(try await rig.sessions().count == 3)
    }

    @Test("A killed gateway knows them at its next start, and the next message moves them")
    func killed() async throws {
        let (session, openedAt) = try await moved()
        let next = try rig.killed()
        #expect(try next.rows("SELECT last_activity FROM sessions") == [openedAt.description])
        #expect(try await next.session(session.id) == session)
        next.clock.advance(by: .seconds(99))
        try await next.accept(.message("m-2"))
        #expect(try await next.sessions().map(\.lastActivity) == [next.clock.now])
        try next.journal.close()
        #expect(try next.rows("SELECT last_activity FROM sessions") == [next.clock.now.description])
    }

    @Test("Closing writes the deferred times")
    func closing() async throws {
        let (session, _) = try await moved()
        try rig.journal.close()
        #expect(try rig.rows("SELECT last_activity, expires_at FROM sessions") == ["\(session.lastActivity)|\(session.expiresAt)"])
        #expect(try rig.rows("SELECT seq = (SELECT max(seq) FROM messages) FROM session_positions") == ["1"])
    }

    @Test(
        "A session expires at its time to the millisecond, by every reader, by the sweep and by the next message",
        arguments: [false, true])
    func expiry(isKilled: Bool) async throws {
        let (session, _) = try await moved()
        let rig = isKilled ? try rig.killed() : rig
        let other = try JournalReader(path: rig.path, now: rig.clock.source)
        rig.clock.advance(by: .milliseconds(99_999))
        #expect(try await rig.journal.expireOverdueSessions() == 0)
        for reader in [rig.journal.reader, other] {
            #expect(try await reader.session(token: session.token) == session)
            #expect(try await reader.sessions(status: .active, limit: 10) == [session])
        }
        rig.clock.advance(by: .milliseconds(1))
        for reader in [rig.journal.reader, other] {
            #expect(try await reader.session(token: session.token) == nil)
            #expect(try await reader.sessionCount(status: .expired) == 1)
        }
        #expect(try await rig.journal.expireOverdueSessions() == 1)
        #expect(
            try rig.rows("SELECT status, last_activity, expires_at FROM sessions")
                == ["expired|\(session.lastActivity)|\(session.expiresAt)"])
        try await rig.accept(.message("m-2"))
        #expect(try await rig.sessions().count == 2)
    }

    @Test("Contacts that leave the cache keep their sessions' times")
    func aging() async throws {
        try await rig.accept(rig.delivery(), (0..<500).map { .message("m-\($0)", from: .id("P.\($0)")) })
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(rig.delivery(), (0..<500).map { .message("n-\($0)", from: .id("P.\($0)")) })
        #expect(try rig.rows("SELECT count(DISTINCT last_activity), count(*) FROM sessions") == ["1|500"])
        let moved = rig.clock.now
        rig.clock.advance(by: .seconds(60))
        // Each session is found long after its first expiry, because it was moved in the meantime.
        let earlier = moved.adding(.milliseconds(-1))
        try await rig.accept(rig.delivery(), (0..<500).map { .message("o-\($0)", from: .id("P.\($0)"), at: earlier) })
        let times = "SELECT count(*), count(DISTINCT last_activity), min(last_activity) FROM current_sessions"
        #expect(try rig.rows(times) == ["500|1|\(moved)"])
    }

    @Test("An item sends its session's times to the database, whether or not they are written", arguments: [1, 2, 100])
    func outbox(limit: Int) async throws {
        let (session, _) = try await moved()
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.activity("screen.viewed", "e-1"))
        let expected = [session.lastActivity, rig.clock.now]
        var told: [String] = []
        var position: Int64 = 0
        while case let page = try await rig.journal.outbox(after: position, limit: limit), page.end > position {
            for item in page.items where item.kind != .change {
                let record = try JSON(parsing: try #require(item.session).record)
                let lastActivity = try #require(record["last_activity"].string)
                #expect(record["expires_at"].string == Instant(rfc3339: lastActivity)?.adding(.seconds(100)).description)
                told.append(lastActivity)
            }
            position = page.end
        }
        // The items of a page show the session as it is after the last of them.
        #expect(told == (limit == 100 ? [expected[1], expected[1]] : expected).map(\.description))
    }

    @Test("A verb that writes beside the gateway writes them, and each sees the other's changes at once")
    func verb() async throws {
        let (session, _) = try await moved()
        let verb = try rig.besides()
        try await verb.accept(.message("v-1", from: .phone("919876543211")))
        #expect(
            try rig.rows("SELECT last_activity, expires_at FROM sessions WHERE phone = '+919876543210'")
                == ["\(session.lastActivity)|\(session.expiresAt)"])
        rig.clock.advance(by: .seconds(1))
        try await rig.accept(.message("m-2"), .message("m-3", from: .phone("919876543211")))
        rig.clock.advance(by: .seconds(1))
        try await verb.accept(.message("v-2"))
        #expect(try await rig.session(session.id).lastActivity == rig.clock.now)
        let ended = try await verb.journal.end(try await verb.session(session.id))
        #expect(ended?.lastActivity == rig.clock.now)
        #expect(try await rig.journal.reader.session(token: session.token) == nil)
        rig.clock.advance(by: .seconds(1))
        try await rig.accept(.message("m-4"))
        #expect(try await rig.sessions().map { rig.clock.now.since($0.lastActivity) } == [.seconds(1), .seconds(2), .zero])
        try verb.journal.close()
    }

    @Test("Different timeouts at the next start apply to later activity, not to earlier")
    func otherTimeouts() async throws {
        let (session, _) = try await moved()
        let next = try rig.killed(SessionPolicy(idleTimeout: .seconds(10)))
        #expect(try await next.session(session.id).expiresAt == session.expiresAt)
        next.clock.advance(by: .seconds(95))
        try await next.accept(.message("m-2"))
        #expect(try await next.session(session.id).expiresAt == next.clock.now.adding(.seconds(10)))
        #expect(try await next.readerOfKilled().reader.session(session.id)?.expiresAt == next.clock.now.adding(.seconds(10)))
    }

    @Test("A failed transaction changes no deferred time and moves no session")
    func rollback() async throws {
        let (session, _) = try await moved()
        rig.clock.advance(by: .seconds(1))
        try rig.execute("CREATE TRIGGER no BEFORE INSERT ON messages WHEN new.external_id = 'bad' BEGIN SELECT raise(ABORT, 'no'); END")
        await #expect(throws: JournalError.self) {
            try await rig.accept(rig.delivery(), [.activity("screen.viewed", "e-1"), .message("bad")])
        }
        #expect(try await rig.session(session.id) == session)
        #expect(try await rig.readerOfKilled().reader.session(session.id) == session)
        try await rig.accept(.message("m-2"))
        #expect(try await rig.session(session.id).lastActivity == rig.clock.now)
    }
}
