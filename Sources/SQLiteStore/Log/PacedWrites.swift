import GRDB
import GRDBSQLite

/// Has a checkpoint bring its pages to the disk in small portions.
///
/// A checkpoint writes thousands of pages into the system's memory and then has them all brought to the disk at once. A commit that syncs
/// the write-ahead log meanwhile waits in the disk's queue behind them.
final class PacedWrites: @unchecked Sendable {
    // Unchecked: touched on the queue of the connection alone.
    private var isPaced = false
    private var waiting = 0

    /// Pages of a portion: one MiB.
    private static let portion = 256

    /// Watches what `db` writes into its database file.
    init(_ db: Database) throws {
        try unsafe FileMethods.replace(of: WALIndex.mainFile(of: db), for: self) { methods in
            unsafe methods.xWrite = { file, bytes, count, offset in
                unsafe FileMethods<PacedWrites>.call(file) { owner, original, file in
                    let code = unsafe original.pointee.xWrite?(file, bytes, count, offset) ?? SQLITE_MISUSE
                    guard code == SQLITE_OK, owner.endsPortion() else { return code }
                    return unsafe original.pointee.xSync?(file, SQLITE_SYNC_NORMAL) ?? SQLITE_OK
                }
            }
        }
    }

    /// What `body` writes goes to the disk in portions.
    func pacing<Value>(_ body: () throws -> Value) rethrows -> Value {
        (isPaced, waiting) = (true, 0)
        defer { isPaced = false }
        return try body()
    }

    /// Whether the page that was just written is the last of a portion.
    private func endsPortion() -> Bool {
        guard isPaced else { return false }
        waiting = (waiting + 1) % Self.portion
        return waiting == 0
    }
}
