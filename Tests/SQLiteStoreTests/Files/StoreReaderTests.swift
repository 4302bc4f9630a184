import SwitchboardTesting
import Testing

@testable import SQLiteStore

@Suite("Reads from a file")
struct StoreReaderTests {
    @Test("A read sees one snapshot, whatever is written meanwhile, and a writer does not wait for it")
    func moment() async throws {
        let store = try TemporaryStore()
        try await store.write(1)
        let reader = try StoreReader(path: store.path)
        let other = try OtherProcess(store.path)
        let counts = try await reader.read { db in
            let count = { try db.statement("SELECT count(*) FROM notes").first { $0.integer(0) } }
            let before = try count()
            try other.execute("INSERT INTO notes (id, text) VALUES (2, '')")
            return [before, try count()]
        }
        #expect(counts == [1, 1])
        #expect(try reader.readBlocking { try $0.statement("SELECT count(*) FROM notes").first { $0.integer(0) } } == 2)
        try other.close()
    }

    @Test("After a failed read the next one succeeds", arguments: [true, false])
    func failure(isDamaged: Bool) async throws {
        let store = try TemporaryStore()
        try await store.write(1)
        let reader = store.file.reader
        await #expect(throws: Refusal.self) {
            if isDamaged { try await reader.readDamaged { _ in throw Refusal() } } else { try await reader.read { _ in throw Refusal() } }
        }
        await #expect(throws: SQLiteError.self) { try await reader.read { _ = try $0.statement("SELECT * FROM missing") } }
        let count = try await reader.readDamaged { try $0.statement("SELECT count(*) FROM notes").first { $0.integer(0) } }
        #expect(count == 1)
    }
}
