import GRDB
import GRDBSQLite

/// What SQLite keeps in shared memory about a write-ahead log: the WAL-index of <https://www.sqlite.org/walformat.html>.
enum WALIndex {
    /// The offset of `nBackfill`, the number of frames that were copied back into the database.
    private static let copiedFrames = 96
    private static let regionBytes: Int32 = 32_768
    private static let version: UInt32 = 3_007_000
    /// `WAL_CKPT_LOCK`: its holder copies back.
    private static let copyLock: Int32 = 1

    /// Makes the next checkpoint, of any process, copy every frame of the log again.
    ///
    /// After a failed sync the system may mark pages as written that the disk does not have
    /// (<https://wiki.postgresql.org/wiki/Fsync_Errors>). The next sync then succeeds without them, and they would be lost once the log
    /// starts anew. The log itself was synced before anything was copied from it. Throws if another connection is copying, or if the system
    /// fails.
    static func forgetCopies(_ db: Database) throws {
        let file = try unsafe mainFile(of: db)
        guard let methods = unsafe file.pointee.pMethods?.pointee, let map = unsafe methods.xShmMap, let lock = unsafe methods.xShmLock
        else { return }
        var region: UnsafeMutableRawPointer?
        try check(unsafe map(file, 0, regionBytes, 0, &region))
        // Without an index there is nothing to forget: it will be built from the whole log.
        guard let region = unsafe region else { return }
        try check(unsafe lock(file, copyLock, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE))
        defer { _ = unsafe lock(file, copyLock, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE) }
        guard unsafe region.load(as: UInt32.self) == version else {
            throw StoreError(.unavailable, "SQLite's WAL-index is not of the version that is known")
        }
        unsafe region.storeBytes(of: 0, toByteOffset: copiedFrames, as: UInt32.self)
    }

    /// Syncs the copied pages to the disk. SQLite does so only after the last frame was copied.
    static func syncDatabase(_ db: Database) throws {
        let file = try unsafe mainFile(of: db)
        try check(unsafe file.pointee.pMethods?.pointee.xSync?(file, SQLITE_SYNC_NORMAL) ?? SQLITE_OK)
    }

    /// Keeps the log when the last connection is closed, so that the next one copies it from its beginning.
    static func keepLog(_ db: Database) {
        var keeps: Int32 = 1
        unsafe sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_PERSIST_WAL, &keeps)
    }

    /// The database file of a connection, as SQLite's system layer knows it.
    static func mainFile(of db: Database) throws -> UnsafeMutablePointer<sqlite3_file> {
        var file: UnsafeMutablePointer<sqlite3_file>?
        try check(unsafe sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, &file))
        guard let file = unsafe file else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        return unsafe file
    }

    /// The write-ahead log of a connection that has read from it or written to it.
    static func logFile(of db: Database) throws -> UnsafeMutablePointer<sqlite3_file> {
        var file: UnsafeMutablePointer<sqlite3_file>?
        try check(unsafe sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file))
        guard let file = unsafe file else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        return unsafe file
    }

    private static func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}
