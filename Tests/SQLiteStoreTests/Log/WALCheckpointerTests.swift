import Foundation
import GRDB
import SwitchboardTesting
import Testing
import Watchdog

@testable import SQLiteStore

@Suite("The write-ahead log")
struct WALCheckpointerTests {
    private let text = String(repeating: "x", count: 3000)

    private func logSize(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: "\(path)-wal")[.size] as? Int ?? 0
    }

    @Test("It is copied back beside the writer, and starts anew")
    func copies() async throws {
        let store = try TemporaryStore { $0.copyLogAt = 64 }
        var (id, longest): (Int64, Int64) = (0, 0)
        // The log is copied back at a low priority, so the moment varies.
        while store.file.log.bytes >= longest, id < 20_000 {
            longest = store.file.log.bytes
            id += 1
            try await store.write(id, text)
        }
        #expect(longest >= 64 * WALCheckpointer.frameBytes)
        #expect(store.file.log.bytes < longest)
        #expect(store.file.log.failure == nil && store.file.log.failures == 0)
        #expect(try store.ids() == Array(1...id))
    }

    @Test("While a reader prevents its copy it grows to its limit; then nothing is written until the reader is gone")
    func heldBack() async throws {
        let store = try TemporaryStore { $0.maxLog = 1 << 20 }
        try await store.write(0)
        let reader = try OtherProcess(store.path)
        try reader.execute("BEGIN; SELECT count(*) FROM notes")
        var written: Int64 = 0
        var refusal: LogFullError?
        while refusal == nil, written < 10_000 {
            do { try await store.write(written + 1, text) } catch let error as LogFullError { refusal = error }
            written += refusal == nil ? 1 : 0
        }
        #expect(refusal?.failure == .heldBack)
        #expect(store.file.log.failure == .heldBack)
        #expect(store.file.log.isFailing)
        #expect((1_000_000..<2 << 20).contains(Int(store.file.log.bytes)))
        #expect(store.diary.all.first { $0.hasPrefix("log:") }?.hasPrefix("log: failing(SQLiteStore.LogFailure.heldBack") == true)
        try reader.execute("COMMIT")
        try reader.close()
        try await store.write(written + 1)
        #expect(store.file.log.failure == nil && !store.file.log.isFailing)
        #expect(store.diary.all.filter { $0.hasPrefix("log:") }.last == "log: recovered")
        try await store.write(written + 2)
        #expect(try logSize(store.path) < 1 << 19, "the log's file shrinks while the file is open")
        #expect(try store.ids().count == Int(written) + 3)
    }

    @Test("Closing leaves a single file that contains everything")
    func closing() async throws {
        let store = try TemporaryStore()
        for id in Int64(1)...50 { try await store.write(id, text) }
        try store.file.close()
        let left = try? logSize(store.path)
        #expect(left ?? 0 == 0)
        let copy = "\(store.folder.path)/copy.sqlite"
        try FileManager.default.copyItem(atPath: store.path, toPath: copy)
        #expect(try store.ids(at: copy).count == 50)
    }

    @Test("What a killed process left in the log is in the file before anything is written after it")
    func leftovers() async throws {
        let folder = try TemporaryFolder()
        let first = try TemporaryStore { $0.isClaimed = false }
        for id in Int64(1)...50 { try await first.write(id, text) }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: first.path + suffix, toPath: "\(folder.path)/notes.sqlite\(suffix)")
        }
        let next = try TemporaryStore(in: folder)
        let copy = "\(folder.path)/copy.sqlite"
        try FileManager.default.copyItem(atPath: next.path, toPath: copy)
        #expect(try next.ids(at: copy).count == 50)
    }

    @Test("Once it is no longer known what was copied, everything is copied again")
    func forgetCopies() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/log.sqlite"
        let queue = try DatabasePool(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0; CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)")
            let whole = try db.checkpoint(.passive)
            #expect(whole.checkpointedFrameCount == whole.walFrameCount && whole.walFrameCount > 0)
            try WALIndex.syncDatabase(db)
            let sound = try Data(contentsOf: URL(fileURLWithPath: path))
            // As if the disk had lost a page that it had confirmed.
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try file.seek(toOffset: 4096)
            try file.write(contentsOf: Data(count: 4096))
            try file.close()
            _ = try db.checkpoint(.passive)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) != sound)
            try WALIndex.forgetCopies(db)
            _ = try db.checkpoint(.passive)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == sound)
        }
        try queue.close()
    }

    @Test("A failing log is reported unless a reader is the cause, or once it is half full")
    func health() {
        func isFailing(_ failure: LogFailure?, isHalfFull: Bool) -> Bool {
            LogHealth(bytes: 1, failure: failure, failures: 1, isHalfFull: isHalfFull).isFailing
        }
        #expect(!isFailing(nil, isHalfFull: true))
        #expect(!isFailing(.heldBack, isHalfFull: false))
        #expect(isFailing(.heldBack, isHalfFull: true))
        #expect(isFailing(.error("no room"), isHalfFull: false))
    }
}
