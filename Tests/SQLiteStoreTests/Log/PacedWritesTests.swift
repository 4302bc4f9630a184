import GRDB
import GRDBSQLite
import SwitchboardTesting
import Synchronization
import Testing

@testable import SQLiteStore

@Suite("A checkpoint in portions", .serialized)
struct PacedWritesTests {
    private let folder: TemporaryFolder
    private let queue: DatabaseQueue
    private let writes: PacedWrites
    private let methods: UnsafeMutablePointer<sqlite3_io_methods>

    init() throws {
        folder = try TemporaryFolder()
        queue = try DatabaseQueue(path: "\(folder.path)/log.sqlite")
        methods = try queue.writeWithoutTransaction { db in
            try db.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; CREATE TABLE notes (text)")
            return try Syncs.count(of: db)
        }
        writes = try queue.writeWithoutTransaction { try PacedWrites($0) }
        Syncs.fail.store(false, ordering: .relaxed)
    }

    /// A thousand pages of 4 KiB, and a few more.
    private func write(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO notes WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) SELECT randomblob(4000) FROM n
                """)
    }

    private func close() throws {
        try queue.close()
        methods.deallocate()
    }

    @Test("It syncs after each MiB and copies all; where it is not paced it syncs once")
    func portions() throws {
        try queue.writeWithoutTransaction { db in
            for (isPaced, expected) in [(false, 1...1), (true, 4...5)] {
                try write(db)
                let before = Syncs.count.load(ordering: .relaxed)
                let result = try isPaced ? writes.pacing { try db.checkpoint(.passive) } : db.checkpoint(.passive)
                #expect(result.checkpointedFrameCount == result.walFrameCount && result.walFrameCount >= 1000)
                #expect(expected.contains(Syncs.count.load(ordering: .relaxed) - before))
            }
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
        }
        try close()
        let copy = try DatabaseQueue(path: "\(folder.path)/log.sqlite")
        #expect(try copy.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM notes WHERE length(text) = 4000") } == 2000)
    }

    @Test("A portion that fails to sync fails the checkpoint, and the next one copies all")
    func failure() throws {
        try queue.writeWithoutTransaction { db in
            try write(db)
            Syncs.fail.store(true, ordering: .relaxed)
            do {
                _ = try writes.pacing { try db.checkpoint(.passive) }
                Issue.record("it succeeded")
            } catch let error as DatabaseError {
                #expect(error.resultCode == .SQLITE_IOERR)
            }
            let result = try writes.pacing { try db.checkpoint(.passive) }
            #expect(result.checkpointedFrameCount == result.walFrameCount)
        }
        try close()
    }
}

/// Counts the syncs of one connection's database file, and makes the next one fail. What SQLite calls has no room for a state of ours, so there is one.
private enum Syncs {
    static let count = Atomic<Int>(0)
    static let fail = Atomic<Bool>(false)
    private static let original = Atomic<UInt>(0)

    /// The methods that the file has from now on, which must outlive the connection.
    static func count(of db: Database) throws -> UnsafeMutablePointer<sqlite3_io_methods> {
        let file = try WALIndex.mainFile(of: db)
        let before = try #require(file.pointee.pMethods)
        original.store(UInt(bitPattern: before), ordering: .relaxed)
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: before.pointee)
        methods.pointee.xSync = { file, flags in
            Syncs.count.add(1, ordering: .relaxed)
            guard !Syncs.fail.exchange(false, ordering: .relaxed) else { return SQLITE_IOERR }
            let original = UnsafePointer<sqlite3_io_methods>(bitPattern: Syncs.original.load(ordering: .relaxed))
            return original?.pointee.xSync?(file, flags) ?? SQLITE_MISUSE
        }
        file.pointee.pMethods = UnsafePointer(methods)
        return methods
    }
}
