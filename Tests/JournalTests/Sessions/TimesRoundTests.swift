import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("When session times are written")
struct TimesRoundTests {
    /// A journal with 300 sessions whose times are deferred.
    private func waiting() async throws -> TemporaryJournal {
        let rig = try TemporaryJournal(rememberedContacts: 10_000, access: .claimed)
        for time in ["old", "new"] { try await move(rig, time) }
        #expect(try rig.count("unwritten_times") == 300)
        return rig
    }

    private func move(_ rig: TemporaryJournal, _ time: String) async throws {
        try await rig.accept(rig.delivery(), (0..<300).map { .message("\(time)-\($0)", from: .id("P.\($0)")) })
        rig.clock.advance(by: .seconds(10))
    }

    /// Makes a message fail. Its transaction would have written the last of the deferred times, and is rolled back.
    private func refuse(_ rig: TemporaryJournal) async throws {
        try rig.execute("CREATE TRIGGER no BEFORE INSERT ON messages BEGIN SELECT raise(ABORT, 'no'); END")
        await #expect(throws: JournalError.self) { try await rig.accept(.message("m", from: .phone("919876543210"))) }
        try rig.execute("DROP TRIGGER no")
    }

    @Test("If a transaction would have to write all deferred times, earlier transactions write most of them", arguments: [false, true])
    func ahead(isVerb: Bool) async throws {
        let rig = try await waiting()
        let times = try rig.rows("SELECT session_id, last_activity, expires_at FROM current_sessions ORDER BY 1")
        let next = isVerb ? try rig.besides() : try rig.killed(SessionPolicy(idleTimeout: .seconds(100)))
        #expect(try next.count("unwritten_times") == 300)
        try await refuse(next)
        #expect(try next.count("unwritten_times") == 300 - 4 * 64)
        #expect(try next.rows("SELECT session_id, last_activity, expires_at FROM current_sessions ORDER BY 1") == times)
        try await next.accept(.message("m", from: .phone("919876543210")))
        #expect(try next.count("unwritten_times") == 0)
        let after = try next.rows("SELECT session_id, last_activity, expires_at FROM sessions WHERE phone IS NULL ORDER BY 1")
        #expect(after == times)
        #expect(try await rig.sessions().count == (isVerb ? 301 : 300))
        #expect(try await next.journal.reader.check().problems == [])
    }

    @Test("A verb beside a busy gateway writes deferred times in several transactions, and none when it has written nothing")
    func idleVerb() async throws {
        let rig = try TemporaryJournal(rememberedContacts: 10_000, access: .claimed)
        let (verb, idle) = (try rig.besides(), try rig.besides())
        for time in ["old", "new"] { try await move(rig, time) }
        let last = try rig.besides()
        for journal in [idle, last] { try journal.journal.close() }
        #expect(try rig.count("unwritten_times") == 300)
        try await refuse(verb)
        #expect(try rig.count("unwritten_times") == 300 - 4 * 64)
        try verb.journal.close()
        #expect(try rig.count("unwritten_times") == 300 - 4 * 64)
        let moved = rig.clock.now.adding(.seconds(-10))
        #expect(try rig.rows("SELECT DISTINCT last_activity FROM current_sessions") == ["\(moved)"])
    }

    @Test("Closing writes deferred times in several transactions, and leaves to the next start what it cannot write")
    func closing() async throws {
        let rig = try await waiting()
        let times = try rig.rows("SELECT session_id, last_activity, expires_at FROM current_sessions ORDER BY 1")
        let last = try rig.rows("SELECT max(session_id) FROM sessions")[0]
        try rig.execute("CREATE TRIGGER no BEFORE UPDATE ON sessions WHEN new.session_id = '\(last)' BEGIN SELECT raise(ABORT, 'no'); END")
        try rig.journal.close()
        // The last transaction failed: it would have written eight, and two more as every transaction does.
        #expect(try rig.count("unwritten_times") == 10)
        #expect(try rig.rows("SELECT session_id, last_activity, expires_at FROM current_sessions ORDER BY 1") == times)
        try rig.execute("DROP TRIGGER no")
        let next = try rig.reopened()
        try next.journal.close()
        #expect(try rig.count("unwritten_times") == 0)
        #expect(try rig.rows("SELECT session_id, last_activity, expires_at FROM sessions ORDER BY 1") == times)
    }

    @Test("Times are written in portions after a number of rows, and no row is far behind the position")
    func rounds() async throws {
        let rig = try TemporaryJournal(unwrittenRows: 20, access: .claimed)
        let people = (0..<10).map { Party.phone("91987654321\($0)") }
        for (number, party) in people.enumerated() { try await rig.accept(.message("o-\(number)", from: party)) }
        var most: Int64 = 0
        var writes = 0
        var before = try rig.rows("SELECT last_activity FROM sessions")
        for number in 0..<200 {
            rig.clock.advance(by: .seconds(1))
            try await rig.accept(.message("m-\(number)", from: people[number % 10]))
            let behind = try rig.rows("SELECT (SELECT max(seq) FROM messages) - seq FROM session_positions").first.flatMap { Int64($0) }
            most = max(most, try #require(behind))
            let after = try rig.rows("SELECT last_activity FROM sessions")
            let changed = zip(before, after).count { $0 != $1 }
            #expect(changed <= 2)
            writes += changed
            before = after
        }
        #expect(most <= 40 && most >= 20)
        #expect(writes >= 60 && writes <= 100)
        try await rig.journal.writeTimes()
        #expect(try rig.rows("SELECT last_activity FROM sessions") == rig.rows("SELECT last_activity FROM current_sessions"))
        #expect(try rig.rows("SELECT count(*) FROM unwritten_times") == ["0"])
    }

    @Test("A large transaction writes its share of a round, so that at most two rounds are behind")
    func largeTransactions() async throws {
        let rig = try TemporaryJournal(rememberedContacts: 10_000, unwrittenRows: 300, access: .claimed)
        for number in 0..<12 {
            rig.clock.advance(by: .seconds(1))
            try await rig.accept(rig.delivery(), (0..<200).map { .message("m-\(number)-\($0)", from: .id("P.\($0)")) })
            let behind = try rig.rows("SELECT (SELECT max(seq) FROM messages) - seq <= 1000 FROM session_positions")
            #expect(behind == ["1"])
        }
        #expect(try rig.rows("SELECT DISTINCT last_activity FROM current_sessions") == [rig.clock.now.description])
    }

    @Test("The position also passes rows that move no session")
    func idleRows() async throws {
        let rig = try TemporaryJournal(unwrittenRows: 20, access: .claimed)
        for number in 0..<50 { try await rig.accept(.message("m-\(number)", effect: .none)) }
        #expect(try rig.rows("SELECT seq >= 20 FROM session_positions") == ["1"])
    }

    @Test("If the last rows were deleted, new rows with their numbers count all the same")
    func removedRows() async throws {
        let rig = try TemporaryJournal(access: .claimed)
        for number in 0..<4 { try await rig.accept(.message("m-\(number)")) }
        try rig.journal.close()
        let first = "(SELECT min(seq) FROM messages)"
        try rig.execute("DELETE FROM deliveries WHERE last_seq > \(first); DELETE FROM messages WHERE seq > \(first)")
        let next = try rig.reopened()
        for number in 4..<6 {
            next.clock.advance(by: .seconds(1))
            try await next.accept(.message("m-\(number)"))
            let killed = try next.readerOfKilled()
            #expect(try await killed.reader.sessions(limit: 2).map(\.lastActivity) == [next.clock.now])
        }
    }

    @Test("The view of sessions has the columns of the table")
    func columns() throws {
        let rig = try TemporaryJournal()
        let names = { (table: String) in try rig.rows("SELECT name FROM pragma_table_info('\(table)') ORDER BY 1") }
        #expect(try names("current_sessions") == names("sessions"))
    }
}
