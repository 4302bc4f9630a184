import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Ids of journals of earlier versions")
struct EarlierIDTests {
    @Test("An earlier version's indexes keep their rows and get no new ones, until a compaction removes them")
    func earlier() async throws {
        let old = try TemporaryJournal()
        try await old.accept(old.delivery("first"), [.placeholder("w")])
        try await old.fill(0..<30)
        try old.journal.close()
        try old.makeIDsUnique()
        #expect(try old.idIndexes() == ["deliveries", "events", "messages"].map { "sqlite_autoindex_\($0)_1" })
        let rig = try old.reopened()
        #expect(try rig.rows("PRAGMA integrity_check") == ["ok"])
        #expect(try rig.idIndexes() == ["deliveries_id", "events_id", "messages_id"])
        #expect(try rig.rows("SELECT count(*), min(last_seq) = max(last_seq) FROM indexed_ids") == ["3|1"])
        #expect(try rig.count("id_ranges") == 0)
        try await rig.requireFound()
        let end = try #require(try rig.rows("SELECT max(last_seq) FROM indexed_ids").first)
        let messages = try rig.rows("SELECT count(*) FROM messages INDEXED BY messages_id WHERE seq <= \(end)")
        try await rig.fill(30..<60)
        #expect(try rig.rows("SELECT min(first_seq) - \(end) FROM id_ranges") == ["1"])
        #expect(try rig.rows("SELECT count(*) FROM messages INDEXED BY messages_id WHERE seq <= \(end)") == messages)
        try await rig.requireFound()
        // The completed message gets a new number, so its row leaves the index.
        #expect(try await rig.accept(rig.delivery("second"), [.image("w")]).accepted == 1)
        try rig.execute("DELETE FROM deliveries WHERE last_seq % 3 = 0")
        try await rig.requireFound()
        try rig.journal.close()
        _ = try await JournalCompaction(path: rig.path).run()
        #expect(try rig.idIndexes() == [])
        #expect(try rig.count("indexed_ids") == 0)
        let compacted = try rig.reopened()
        try await compacted.requireFound()
        try await compacted.fill(60..<90)
        try await compacted.requireFound()
        #expect(try compacted.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test("In a journal without rows, and for a table without rows, the index is removed at once")
    func empty() async throws {
        let old = try TemporaryJournal()
        try old.journal.close()
        try old.makeIDsUnique()
        let rig = try old.reopened()
        #expect(try rig.idIndexes() == [])
        #expect(try rig.count("indexed_ids") == 0)
        for number in 0..<20 { try await rig.accept(.message("\(number)")) }
        try rig.journal.close()
        try rig.makeIDsUnique()
        let again = try rig.reopened()
        #expect(try again.idIndexes() == ["deliveries_id", "messages_id"])
        try await again.fill(100..<120)
        try await again.requireFound()
    }

    @Test("The number of a deleted row is not used again while an index covers it")
    func lastRemovedOfEarlier() async throws {
        let old = try TemporaryJournal()
        for number in 0..<20 { try await old.accept(.message("\(number)")) }
        try old.journal.close()
        try old.makeIDsUnique()
        let rig = try old.reopened()
        let end = try #require(try rig.rows("SELECT last_seq FROM indexed_ids").first)
        try rig.execute("DELETE FROM deliveries WHERE last_seq > 10; DELETE FROM messages WHERE seq > 10")
        // The table of events had no rows, so no index covers it. Still the number is not used again.
        try await rig.accept(.activity("screen.viewed", "a"))
        #expect(try rig.rows("SELECT min(seq) > \(end) FROM events") == ["1"])
    }

    @Test("A table that was altered is refused, and stays unchanged")
    func foreign() async throws {
        let old = try TemporaryJournal()
        try await old.accept(.message("a"))
        try old.journal.close()
        try old.makeIDsUnique()
        try old.execute(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, 'event_id TEXT NOT NULL UNIQUE', 'event_id TEXT UNIQUE NOT NULL')
              WHERE name = 'events';
            PRAGMA writable_schema = RESET;
            """)
        let error = #expect(throws: JournalError.self) { try old.reopened() }
        #expect(error?.code == .unusable)
        #expect(error?.reason.contains("its table events is not as Switchboard made it") == true)
        #expect(try old.idIndexes() == ["deliveries", "events", "messages"].map { "sqlite_autoindex_\($0)_1" })
        #expect(try old.rows("PRAGMA integrity_check") == ["ok"])
    }
}
