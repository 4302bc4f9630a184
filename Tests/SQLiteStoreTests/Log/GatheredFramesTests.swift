import GRDB
import SwitchboardTesting
import Testing
import Watchdog

@testable import SQLiteStore

@Suite("The log's frames of a transaction are written by few system calls")
struct GatheredFramesTests {
    private static let frameBytes = 4096 + 24

    @Test("All frames are written by one call and followed by one sync, before any caller is answered")
    func calls() async throws {
        let store = try TemporaryStore()
        try await store.write(1)
        store.disk.forget()
        try await store.write(2)
        try await store.whileWriting { for id in Int64(3)...200 { store.submit(id) } }
        #expect(store.disk.calls.prefix(2) == [.write(bytes: store.disk.bytes[0]), .sync])
        try await store.write(201)
        #expect(store.disk.bytes.allSatisfy { $0 % Self.frameBytes == 0 && $0 > 0 })
        #expect(store.disk.bytes.count == store.disk.syncs && (2...4).contains(store.disk.syncs))
        #expect(try store.ids() == Array(1...201))
    }

    @Test("A transaction of any length is complete in the file, even if SQLite's own layer would find nothing to write")
    func lengths() async throws {
        let store = try TemporaryStore()
        let lengths = [100, 0x1_FFFF, 0x2_0000, 1 << 20, 5 << 20]
        for (index, length) in lengths.enumerated() { try await store.write(Int64(index), String(repeating: "x", count: length)) }
        let queue = try DatabaseQueue(path: store.path)
        #expect(try await queue.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        #expect(try await queue.read { try Int.fetchOne($0, sql: "SELECT sum(length(text)) FROM notes") } == lengths.reduce(0, +))
    }

    @Test("A transaction that is rolled back leaves nothing for the next one", arguments: [1, 3 << 20])
    func rollback(length: Int) async throws {
        // With so little memory for pages, a large transaction writes some of them before its end.
        let store = try TemporaryStore { $0.pageCache = 64 << 10 }
        try await store.write(1)
        await #expect(throws: Refusal.self) {
            try await store.file.committer.write(Work("failing")) { writer in
                for id in Int64(2)...4 { try writer.insert(id, String(repeating: "x", count: length), author: nil) }
                throw Refusal()
            }
        }
        try await store.write(5)
        #expect(try store.ids() == [1, 5])
        #expect(try await DatabaseQueue(path: store.path).read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
    }

    @Test("If the sync or the write before it fails, the transaction is rolled back, and the next one is stored")
    func failure() async throws {
        let store = try TemporaryStore()
        try await store.write(1)
        store.disk.fail(syncs: 1)
        var error = await #expect(throws: SQLiteError.self) { try await store.write(2) }
        #expect(error?.resultCode == .SQLITE_IOERR)
        #expect(try store.ids() == [1])
        store.disk.fail(writes: 1)
        error = await #expect(throws: SQLiteError.self) { try await store.write(3) }
        #expect(error?.resultCode == .SQLITE_FULL)
        #expect(try store.ids() == [1])
        try await store.write(4)
        #expect(try store.ids() == [1, 4])
    }

    @Test("A file keeps what its methods need until it is closed, whatever else is released")
    func lifetime() throws {
        let folder = try TemporaryFolder()
        let queue = try DatabaseQueue(path: "\(folder.path)/notes.sqlite")
        weak var frames: GatheredFrames?
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; CREATE TABLE notes (text)")
            let gathered = try GatheredFrames(db)
            frames = gathered
        }
        #expect(frames != nil)
        try queue.write { try $0.execute(sql: "INSERT INTO notes VALUES ('kept')") }
        try queue.close()
        #expect(frames == nil)
    }
}
