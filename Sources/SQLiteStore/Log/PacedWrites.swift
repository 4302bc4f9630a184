import GRDB
import GRDBSQLite

/// Has a checkpoint bring its pages to the disk in small portions.
///
/// A checkpoint writes thousands of pages into the system's memory and then has them all brought to the disk at once. A commit that syncs
/// the write-ahead log meanwhile waits in the disk's queue behind them. SQLite offers no hook there, so the methods of the connection's
/// database file are replaced by a copy of its own, but for the one that writes
/// (<https://www.sqlite.org/c3ref/io_methods.html>).
@safe
final class PacedWrites: @unchecked Sendable {
    // Unchecked: touched on the queue of the connection alone.
    private let methods: UnsafeMutablePointer<Methods>

    /// SQLite sees the first member alone.
    @unsafe private struct Methods {
        var own: sqlite3_io_methods
        let original: UnsafePointer<sqlite3_io_methods>
        var isPaced = false
        var waiting = 0
    }

    /// Pages of a portion: one MiB.
    private static let portion = 256

    /// Replaces the methods of the database file of `db`. They must outlive the connection.
    init(_ db: Database) throws {
        let file = try unsafe WALIndex.mainFile(of: db)
        guard let original = unsafe file.pointee.pMethods else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        unsafe methods = .allocate(capacity: 1)
        unsafe methods.initialize(to: Methods(own: original.pointee, original: original))
        unsafe methods.pointee.own.xWrite = { file, bytes, count, offset in unsafe PacedWrites.write(file, bytes, count, offset) }
        unsafe file.pointee.pMethods = UnsafeRawPointer(methods).assumingMemoryBound(to: sqlite3_io_methods.self)
    }

    deinit { unsafe methods.deallocate() }

    /// What `body` writes goes to the disk in portions.
    func pacing<Value>(_ body: () throws -> Value) rethrows -> Value {
        unsafe (methods.pointee.isPaced, methods.pointee.waiting) = (true, 0)
        defer { unsafe methods.pointee.isPaced = false }
        return try body()
    }

    private static func write(
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ bytes: UnsafeRawPointer?, _ count: Int32, _ offset: sqlite3_int64
    ) -> Int32 {
        guard let file = unsafe file, let table = unsafe file.pointee.pMethods else { return SQLITE_MISUSE }
        let methods = unsafe UnsafeMutableRawPointer(mutating: table).assumingMemoryBound(to: Methods.self)
        let code = unsafe methods.pointee.original.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_MISUSE
        guard code == SQLITE_OK, unsafe methods.pointee.isPaced else { return code }
        unsafe methods.pointee.waiting += 1
        guard unsafe methods.pointee.waiting >= portion else { return code }
        unsafe methods.pointee.waiting = 0
        return unsafe methods.pointee.original.pointee.xSync?(file, SQLITE_SYNC_NORMAL) ?? SQLITE_OK
    }
}
