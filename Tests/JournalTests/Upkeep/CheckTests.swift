import Foundation
import GRDB
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Checking the whole journal")
struct CheckTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(compressAfter: .seconds(86_400)) }

    /// Stores something in every table, with a delivery in a row and one in a block.
    private func fill() async throws {
        try await rig.start("9876543210")
        try await rig.accept(.message("a"), .status("sent", of: "a"), .activity("x", "b"), .unreadable("{}"))
        try await rig.accept(.message("c"))
        try await rig.accept(.message("d", from: .phone("4915112345678")))
        rig.clock.advance(by: .seconds(100_000))
        _ = try await rig.journal.compressDeliveries()
        try await rig.journal.advance("db", to: 3)
    }

    @Test("A sound journal has its rows counted and no problem")
    func sound() async throws {
        try await fill()
        let check = try await rig.journal.reader.check()
        #expect(check.problems == [])
        let counts = Dictionary(uniqueKeysWithValues: check.counts.map { ($0.table, $0.rows) })
        #expect([counts["deliveries"], counts["delivery_blocks"], counts["messages"], counts["sessions"]] == [1, 1, 3, 2])
    }

    @Test("Deliveries that were pruned do not count as problems")
    func pruned() async throws {
        try await fill()
        try rig.execute("DELETE FROM deliveries; DELETE FROM delivery_blocks")
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Lost rows are reported by their numbers")
    func missing() async throws {
        try await fill()
        // A row after those that are deleted: if the very last row is missing, nothing shows that it existed.
        try await rig.accept(.notice("account_update", "e"))
        let numbers = try rig.rows("SELECT seq FROM messages ORDER BY seq")
        try rig.execute("DELETE FROM messages")
        let problems = try await rig.journal.reader.check().problems
        #expect(
            problems.contains("numbers in the order of commits are missing, so rows were lost: \(numbers.joined(separator: ", "))"),
            "\(problems)")
        try rig.execute("DELETE FROM message_statuses; DELETE FROM changes; DELETE FROM dead_letters")
        let end = try #require(try rig.rows("SELECT seq - 1 FROM events ORDER BY seq").first)
        #expect(try await rig.journal.reader.check().problems.contains { $0.contains("rows were lost: 1–\(end)") })
    }

    @Test("A number that two rows have is reported with their tables")
    func double() async throws {
        try await fill()
        try rig.execute("UPDATE messages SET seq = (SELECT seq FROM events) WHERE external_id = 'c'")
        let number = try rig.rows("SELECT seq FROM events")[0]
        let problems = try await rig.journal.reader.check().problems
        #expect(problems.contains { $0.hasPrefix("numbers in the order of commits are double: \(number) (in ") }, "\(problems)")
    }

    @Test("Dropped or deleted dead letters leave no problem behind, and their numbers are not used again")
    func deadLetters() async throws {
        try await fill()
        try await rig.accept(.unreadable("[1]"), .unreadable("[2]"))
        // The database has refused this record and does not get it again, so the letter keeps its number.
        try await rig.journal.keep(
            DeadLetter(stage: .sync, reason: "400", detail: nil, deliveryID: nil, record: "[3]", createdAt: rig.clock.now))
        let letters = try await rig.journal.reader.deadLetters(limit: 10)
        #expect(try await rig.journal.settle(letters.prefix(3).map(\.id)) == 3)
        try await rig.accept(.message("after"))
        #expect(try await rig.journal.reader.check().problems == [])
        let last = try rig.rows("SELECT max(seq) FROM dead_letters")
        try await rig.journal.advance("db", to: #require(Int64(last[0])))
        try rig.execute("DELETE FROM dead_letters")
        let next = try rig.reopened()
        #expect(try await next.journal.reader.check().problems == [])
        try await next.accept(.message("e"))
        #expect(try next.rows("SELECT (SELECT max(seq) FROM messages) > \(last[0])") == ["1"])
        let after = NumberedTables.all.map { "(SELECT count(*) FROM \($0.name) WHERE seq > \(last[0]))" }.joined(separator: " + ")
        #expect(try await next.rows("SELECT \(after)") == ["\(next.journal.reader.backlog(of: "db").depth)"])
        #expect(try await next.journal.reader.check().problems == [])
    }

    @Test(
        "Faults of the journal are reported",
        arguments: [
            ("DELETE FROM sessions WHERE phone = '+4915112345678'", "1 rows of messages name a session_id that is not in sessions"),
            (
                "UPDATE identities SET contact_id = 'x' WHERE value = '4915112345678'",
                "1 rows of identities name a contact_id that is not in contacts"
            ),
            ("UPDATE contacts SET merged_into = 'x' WHERE phone = '+4915112345678'", "1 contacts were merged into one that is not there"),
            ("UPDATE sync_positions SET seq = 1000", "1 databases are said to have more than there is"),
            ("UPDATE delivery_blocks SET count = 7", "holds 2 deliveries rather than 7"),
            ("UPDATE delivery_blocks SET last_seq = last_seq + 1", "its deliveries are not those that it names"),
            ("UPDATE delivery_blocks SET data = x'00'", "no frame that tells its size"),
            (
                """
                DROP INDEX sessions_one_active_per_contact;
                UPDATE sessions SET contact_id = (SELECT min(contact_id) FROM sessions)
                """, "1 contacts have more than one active session"
            ),
        ])
    func problems(_ damage: String, _ expected: String) async throws {
        try await fill()
        try rig.execute(damage)
        let problems = try await rig.journal.reader.check().problems
        #expect(problems.contains { $0.hasSuffix(expected) }, "\(problems)")
    }
}

@Suite("Checking a damaged file")
struct DamageTests {
    private let rig: TemporaryJournal

    init() async throws {
        rig = try TemporaryJournal()
        for index in 0..<40 { try await rig.accept(rig.delivery(String(repeating: "x", count: 2000)), [.message("\(index)")]) }
        try rig.journal.close()
    }

    private func damage(_ change: (inout Data) -> Void) throws {
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: rig.path + suffix) }
        var file = try #require(FileManager.default.contents(atPath: rig.path))
        change(&file)
        try file.write(to: URL(fileURLWithPath: rig.path))
    }

    @Test("Pages of zeros are problems, and everything that can still be counted is counted")
    func zeros() async throws {
        let size = try #require(Int(rig.rows("PRAGMA page_size")[0]))
        let roots = try rig.rows("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'messages' AND rootpage > 1").compactMap { Int($0) }
        try damage { file in
            for root in roots { file.replaceSubrange((root - 1) * size..<root * size, with: Data(count: size)) }
        }
        let check = try await JournalReader.check(path: rig.path)
        #expect(check.problems.contains { $0.hasPrefix("integrity: ") })
        #expect(check.problems.contains { $0.hasPrefix("messages: cannot be read: ") }, "\(check)")
        #expect(check.counts.contains(JournalCheck.Count(table: "deliveries", rows: 40)))
        #expect(!check.counts.contains { $0.table == "messages" })
    }

    @Test("Every use of a damaged file fails in plain words, with what to do")
    func words() async throws {
        try damage { $0 = Data(String(repeating: "Not a database. ", count: 1000).utf8) }
        let foreign = #expect(throws: JournalError.self) { try JournalReader(path: rig.path) }
        #expect(foreign?.code == .unusable && foreign?.isDamage == true)
        let advice = "`switchboard journal check` shows what is wrong; restore a backup (Docs/Operating.md, “Backup”)"
        let reason = "this is not a journal, or its beginning is damaged (SQLite: file is not a database). \(advice)"
        #expect(foreign?.reason == "\(rig.path): \(reason)")
    }

    @Test("A truncated file is a problem")
    func truncated() async throws {
        try damage { $0 = $0.prefix($0.count / 2) }
        #expect(try await JournalReader.check(path: rig.path).problems.isEmpty == false)
    }

    @Test("A file that is not a database, or whose first page is lost, is a problem")
    func noDatabase() async throws {
        try damage { $0 = Data(String(repeating: "Not a database. ", count: 1000).utf8) }
        #expect(try await JournalReader.check(path: rig.path).problems.contains { $0.hasSuffix("file is not a database") })
        try damage { $0.replaceSubrange(0..<4096, with: Data(count: 4096)) }
        #expect(try await JournalReader.check(path: rig.path).problems.isEmpty == false)
    }
}

@Suite("Backing up the journal")
struct BackupTests {
    @Test("A backup is complete, a single file, readable only by its owner, and writing continues meanwhile")
    func copy() async throws {
        let rig = try TemporaryJournal()
        for index in 0..<50 { try await rig.accept(.message("\(index)")) }
        let path = "\(rig.folder.path)/copy.sqlite"
        async let bytes = rig.journal.reader.backUp(to: path)
        for index in 50..<100 { try await rig.accept(.message("\(index)")) }
        #expect(try await bytes > 0)
        let copy = JournalFile(path: path)
        #expect(try copy.rows("PRAGMA integrity_check") == ["ok"])
        let (messages, deliveries) = (try copy.count("messages"), try copy.count("deliveries"))
        #expect(messages == deliveries && (50...100).contains(messages))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: rig.folder.path).sorted() == ["copy.sqlite", "kept"])
        #expect(try await JournalReader(path: path).captureCount(CaptureFilter()) == messages)
    }

    @Test("A copy is known as a backup until a gateway serves from it, whatever else opens it; the journal itself is none")
    func mark() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("1"))
        let path = "\(rig.folder.path)/copy.sqlite"
        _ = try await JournalReader(path: rig.path, now: { Instant(milliseconds: 1_800_000_059_999) }).backUp(to: path)
        let backedUpAt = { (path: String) async in
            await JournalInspection.of(path, target: nil, checksIntegrity: false).backedUpAt
        }
        #expect(await backedUpAt(rig.path) == nil)
        for access in [Journal.Access.readOnly, .shared] {
            try Journal(.init(path: path, minimumFreeSpace: 0, access: access), logger: .silent).close()
            #expect(await backedUpAt(path) == Instant(milliseconds: 1_800_000_000_000))
        }
        try Journal(.init(path: path, minimumFreeSpace: 0, access: .claimed), logger: .silent).close()
        #expect(await backedUpAt(path) == nil)
    }

    @Test("An existing file is left unchanged")
    func overwriting() async throws {
        let rig = try TemporaryJournal()
        let path = "\(rig.folder.path)/copy.sqlite"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: JournalError.self) { try await rig.journal.reader.backUp(to: path) }
        #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
    }

    @Test("A folder that does not exist is an error with its path")
    func nowhere() async throws {
        let rig = try TemporaryJournal()
        let path = "\(rig.folder.path)/missing/copy.sqlite"
        let error = await #expect(throws: JournalError.self) { try await rig.journal.reader.backUp(to: path) }
        #expect(error?.reason == "\(path): there is no folder \(rig.folder.path)/missing")
    }
}

@Suite("Compacting the journal")
struct CompactionTests {
    @Test("A compaction is refused while the journal is open; once it is closed, it frees the space of deleted rows")
    func compact() async throws {
        let rig = try TemporaryJournal(keysARun: 1000)
        let body = String(repeating: "x", count: 10_000)
        for index in 0..<100 { try await rig.accept(rig.delivery(body), [.message("\(index)")]) }
        try rig.execute("DELETE FROM deliveries")
        let compaction = try JournalCompaction(path: rig.path)
        let error = await #expect(throws: JournalError.self) { try await compaction.run() }
        #expect(error?.reason == "the journal is in use: stop the gateway first")
        #expect(try await rig.accept(.message("goes on")) == Receipt(accepted: 1))
        try rig.journal.close()
        let (before, after) = try await compaction.run()
        #expect(after < before / 4)
        let next = try rig.reopened()
        #expect(try await next.accept(.message("7")) == Receipt(duplicates: 1))
        #expect(try next.rows("PRAGMA journal_mode") == ["wal"])
        #expect(try await next.journal.reader.check().problems == [])
    }

    @Test("What a killed compaction has left is rolled back by the next process that opens the journal", arguments: ["verb", "gateway"])
    func killed(next: String) async throws {
        let rig = try TemporaryJournal()
        for index in 0..<100 { try await rig.accept(.message("\(index)")) }
        try rig.journal.close()
        let left = "\(rig.folder.path)/left.sqlite"
        let queue = try DatabaseQueue(path: rig.path)
        try await queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2")
            try db.execute(sql: "BEGIN; UPDATE messages SET text = hex(randomblob(500))")
            for suffix in ["", "-journal"] { try FileManager.default.copyItem(atPath: rig.path + suffix, toPath: left + suffix) }
            try db.execute(sql: "ROLLBACK")
        }
        if next == "gateway" { try Journal(Journal.Configuration(path: left), logger: .silent).close() }
        #expect(try await JournalReader(path: left).check().problems == [])
        #expect(try JournalFile(path: left).rows("SELECT DISTINCT text FROM messages") == ["Hello"])
        #expect(!FileManager.default.fileExists(atPath: left + "-journal"))
    }

    @Test("Compacting a journal that does not exist fails")
    func missing() {
        #expect(throws: JournalError.self) { try JournalCompaction(path: "/nowhere/journal.sqlite") }
    }
}
