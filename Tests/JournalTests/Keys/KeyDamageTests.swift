import Foundation
import SwitchboardTesting
import Testing

@testable import Journal

/// The journal has three runs of eight keys, and a few recent keys without a run.
@Suite("Damaged keys")
struct KeyDamageTests {
    private let rig: TemporaryJournal

    init() async throws {
        rig = try TemporaryJournal(keysARun: 8, runsAMerge: 8)
        for number in 0..<30 { try await rig.accept(.message("m-\(number)")) }
        #expect(try rig.rows("SELECT run, keys FROM key_runs") == ["1|8", "2|8", "3|8"])
    }

    private func problems() async throws -> [String] { try await rig.journal.reader.check().problems }

    /// A bucket of the second run, with its keys in hexadecimal digits.
    private func bucket() throws -> (id: Int64, keys: String) {
        let id = try #require(Int64(rig.rows("SELECT min(id) FROM key_pages WHERE id >> 32 = 2")[0]))
        return (id, try rig.rows("SELECT hex(keys) FROM key_pages WHERE id = \(id)")[0])
    }

    private func put(_ keys: String, into id: Int64) throws { try rig.execute("UPDATE key_pages SET keys = X'\(keys)' WHERE id = \(id)") }

    @Test("Sound keys have no problems, even during a merge")
    func sound() async throws {
        #expect(try await problems() == [])
        let merging = try TemporaryJournal()
        for number in 0..<20 {
            try await merging.accept(.message("m-\(number)"))
            #expect(try await merging.journal.reader.check().problems == [])
        }
    }

    @Test("A missing entry is reported: its item would be stored a second time")
    func missing() async throws {
        let (id, keys) = try bucket()
        let number = try #require(Int64(keys.dropFirst(32).prefix(16), radix: 16))
        let item = try rig.rows("SELECT external_id FROM messages WHERE seq = \(number)")[0]
        try put(String(keys.dropFirst(48)), into: id)
        let found = try await problems()
        #expect(found.contains("run 2 of keys has 7 rather than 8"), "\(found)")
        #expect(found.contains("1 rows of messages have no key in a run"), "\(found)")
        #expect(try await rig.accept(.message(item)).accepted == 1)
        #expect(try rig.rows("SELECT count(*) FROM messages WHERE external_id = '\(item)'") == ["2"])
    }

    @Test("An entry that leads to another row, or to none, is reported", arguments: [3, 1 << 40])
    func misleading(number: Int) async throws {
        let (id, keys) = try bucket()
        let digits = String(number, radix: 16)
        let end = String(repeating: "0", count: 16 - digits.count) + digits
        try put(String(keys.prefix(32)) + end + String(keys.dropFirst(48)), into: id)
        #expect(try await problems() == ["1 rows of messages have no key in a run"])
    }

    @Test("An entry with a key that no row has is reported")
    func otherKey() async throws {
        let (id, keys) = try bucket()
        // Replaces the second half of the key. The first half, which determines its place, stays.
        try put(String(keys.prefix(16)) + "0123456789ABCDEF" + String(keys.dropFirst(32)), into: id)
        #expect(try await problems().contains("1 rows of messages have no key in a run"))
    }

    @Test("Keys in a wrong bucket are reported, even if all keys exist")
    func misplaced() async throws {
        let used = try Set(rig.rows("SELECT id & 15 FROM key_pages WHERE id >> 32 = 2").compactMap { Int($0) })
        let free = try #require((0..<16).first { !used.contains($0) })
        let (id, keys) = try bucket()
        try rig.execute("UPDATE key_pages SET id = (id >> 32 << 32) + \(free) WHERE id = \(id)")
        #expect(try await problems().contains("\(keys.count / 48) keys of run 2 are where they are not looked for"))
    }

    @Test("A bucket that was cut off, and one that belongs to no run, are reported")
    func cut() async throws {
        let (id, keys) = try bucket()
        try put(String(keys.dropLast(2)), into: id)
        let found = try await problems()
        #expect(found.contains("1 keys of run 2 are where they are not looked for"), "\(found)")
        #expect(found.contains("run 2 of keys has 7 rather than 8"), "\(found)")
        try put(keys, into: id)
        try rig.execute("INSERT INTO key_pages (id, keys) VALUES (99 << 32, X'00'), ((1 << 32) + 16, X'00')")
        #expect(try await problems() == ["2 rows of key_pages and key_filters are of no run"])
    }

    @Test("An entry that occurs twice is reported")
    func twice() async throws {
        let (id, keys) = try bucket()
        try put(String(keys.prefix(48)) + keys, into: id)
        #expect(try await problems() == ["run 2 of keys has 9 rather than 8"])
    }

    @Test(
        "Faults in runs and filters are reported",
        arguments: [
            ("UPDATE key_filters SET filter = zeroblob(3968) WHERE id >> 32 = 2", "8 keys are not in the filter of their run"),
            ("UPDATE key_filters SET filter = X'00' WHERE id >> 32 = 2", "run 2 of keys lacks filters"),
            ("DELETE FROM key_filters WHERE id >> 32 = 2", "run 2 of keys lacks filters"),
            ("DELETE FROM key_pages WHERE id >> 32 = 2", "8 rows of messages have no key in a run"),
            ("DELETE FROM key_runs WHERE run = 2", "8 rows of messages have no key in a run"),
            ("UPDATE key_runs SET last_seq = 100000 WHERE run = 3", "6 rows of messages have no key in a run"),
            ("UPDATE key_runs SET parts = 2 WHERE run = 2", "8 rows of messages have no key in a run"),
            ("UPDATE key_runs SET merged_into = 3 WHERE run = 2", "8 rows of messages have no key in a run"),
            ("UPDATE key_runs SET parts = 0, written_parts = 0", "keys: cannot be read: the row of run 1 in key_runs is damaged"),
            ("UPDATE key_runs SET written_parts = -1 WHERE run = 2", "keys: cannot be read: the row of run 2 in key_runs is damaged"),
            ("UPDATE key_runs SET run = 1 << 40 WHERE run = 3", "keys: cannot be read: the row of run \(1 << 40) in key_runs is damaged"),
            ("UPDATE key_runs SET parts = 1 << 62 WHERE run = 2", "keys: cannot be read: the row of run 2 in key_runs is damaged"),
        ])
    func problems(_ damage: String, _ expected: String) async throws {
        try rig.execute(damage)
        let problems = try await problems()
        #expect(problems.contains(expected), "\(problems)")
    }

    @Test("If runs claim to cover rows that do not exist, recent keys are still found", arguments: [25, 100_000])
    func tooFar(number: Int) async throws {
        // Some of the recent rows, or all of them.
        try rig.execute("UPDATE key_runs SET last_seq = \(number) + (SELECT min(seq) FROM messages) WHERE run IN (1, 3)")
        if number == 25 { try rig.execute("DELETE FROM messages WHERE external_id >= 'm-23' AND external_id <= 'm-29'") }
        let left = try rig.count("messages")
        for item in 0..<left { #expect(try await rig.accept(.message("m-\(item)")).duplicates == 1) }
        #expect(try rig.count("messages") == left)
        #expect(try await problems().filter { !$0.contains("rows were lost") } == [])
        let next = try rig.reopened()
        for item in 0..<left { #expect(try await next.accept(.message("m-\(item)")).duplicates == 1) }
    }

    @Test("If all runs are deleted, they are created again from the rows")
    func remade() async throws {
        try rig.execute("DELETE FROM key_runs; DELETE FROM key_pages; DELETE FROM key_filters")
        let next = try rig.reopened()
        #expect(try await next.accept(.message("m-0")).duplicates == 1)
        #expect(try next.rows("SELECT keys, parts, level FROM key_runs") == ["30|4|0"])
        for number in 0..<30 { #expect(try await next.accept(.message("m-\(number)")).duplicates == 1) }
        #expect(try await next.journal.reader.check().problems == [])
    }

    @Test("Remains of a run whose own row is gone do not prevent a new run with its number")
    func leftPages() async throws {
        try rig.execute("DELETE FROM key_runs WHERE run = 3")
        #expect(try await rig.accept(.message("m-20")).duplicates == 1)
        #expect(try rig.rows("SELECT run, keys FROM key_runs") == ["1|8", "2|8", "3|14"])
        for number in 0..<30 { #expect(try await rig.accept(.message("m-\(number)")).duplicates == 1) }
        #expect(try await problems() == [])
    }

    @Test("Many keys without a run become runs in several transactions, so that memory never holds all of them")
    func remadeInParts() async throws {
        let many = try TemporaryJournal(runsAMerge: 100)
        for start in stride(from: 0, to: 900, by: 100) {
            try await many.accept(many.delivery("\(start)"), (start..<start + 100).map { .message("n-\($0)") })
        }
        try many.execute("DELETE FROM key_runs; DELETE FROM key_pages; DELETE FROM key_filters")
        let next = try many.reopened()
        try next.execute("CREATE TRIGGER no BEFORE INSERT ON messages BEGIN SELECT raise(ABORT, 'no'); END")
        await #expect(throws: JournalError.self) { try await next.accept(.message("new")) }
        // The last part is rolled back together with the refused transaction.
        #expect(try next.rows("SELECT count(*), max(keys) <= 270, min(keys) > 135 FROM key_runs") == ["3|1|1"])
        try next.execute("DROP TRIGGER no")
        #expect(try await next.accept(.message("new")).accepted == 1)
        let receipt = try await next.accept(next.delivery("again"), (0..<900).map { .message("n-\($0)") })
        #expect(receipt.accepted == 0 && receipt.duplicates == 900)
        #expect(try next.rows("SELECT sum(keys) FROM key_runs") == ["901"])
        #expect(try await next.journal.reader.check().problems == [])
    }

    @Test("If the row of a run is impossible, nothing is stored, rather than stored twice")
    func refused() async throws {
        try rig.execute("UPDATE key_runs SET parts = 0, written_parts = 0")
        let error = await #expect(throws: JournalError.self) { try await rig.accept(.message("m-3")) }
        #expect(error?.code == .unavailable)
        #expect(try rig.count("messages") == 30)
    }

    @Test("Pages of zeros are reported", arguments: ["key_runs", "key_pages", "key_filters", "indexed_rows"])
    func zeros(table: String) async throws {
        try rig.journal.close()
        let size = try #require(Int(rig.rows("PRAGMA page_size")[0]))
        let root = try #require(Int(rig.rows("SELECT rootpage FROM sqlite_schema WHERE name = '\(table)'")[0]))
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: rig.path + suffix) }
        var file = try #require(FileManager.default.contents(atPath: rig.path))
        file.replaceSubrange((root - 1) * size..<root * size, with: Data(count: size))
        try file.write(to: URL(fileURLWithPath: rig.path))
        let problems = try await JournalReader.check(path: rig.path).problems
        #expect(problems.contains { $0.hasPrefix("integrity: ") || $0.hasPrefix("keys: cannot be read: ") }, "\(problems)")
    }
}
