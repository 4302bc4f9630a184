import GRDB
import SwitchboardTesting
import Testing

@testable import SQLiteStore

@Suite("A checkpoint in portions")
struct PacedWritesTests {
    private let folder: TemporaryFolder
    private let queue: DatabaseQueue
    private let writes: PacedWrites
    private let disk = WatchedFile()

    init() throws {
        folder = try TemporaryFolder()
        queue = try DatabaseQueue(path: "\(folder.path)/log.sqlite")
        let disk = disk
        writes = try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; CREATE TABLE notes (text)")
            try disk.watch(WALIndex.mainFile(of: db))
            return try PacedWrites(db)
        }
    }

    /// Writes a little more than a thousand pages of 4 KiB.
    private func write(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO notes WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) SELECT randomblob(4000) FROM n
                """)
    }

    @Test("It syncs after each MiB and copies everything; without pacing it syncs once")
    func portions() throws {
        try queue.writeWithoutTransaction { db in
            for (isPaced, expected) in [(false, 1...1), (true, 4...5)] {
                try write(db)
                let before = disk.syncs
                let result = try isPaced ? writes.pacing { try db.checkpoint(.passive) } : db.checkpoint(.passive)
                #expect(result.checkpointedFrameCount == result.walFrameCount && result.walFrameCount >= 1000)
                #expect(expected.contains(disk.syncs - before))
            }
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
        }
        try queue.close()
        let copy = try DatabaseQueue(path: "\(folder.path)/log.sqlite")
        #expect(try copy.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM notes WHERE length(text) = 4000") } == 2000)
    }

    @Test("A portion that fails to sync fails the checkpoint, and the next one copies everything")
    func failure() throws {
        try queue.writeWithoutTransaction { db in
            try write(db)
            disk.fail(syncs: 1)
            do {
                _ = try writes.pacing { try db.checkpoint(.passive) }
                Issue.record("it succeeded")
            } catch let error as DatabaseError {
                #expect(error.resultCode == .SQLITE_IOERR)
            }
            let result = try writes.pacing { try db.checkpoint(.passive) }
            #expect(result.checkpointedFrameCount == result.walFrameCount)
        }
        try queue.close()
    }
}
