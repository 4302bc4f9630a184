import GRDB
import GRDBSQLite

/// Makes a checkpoint sync its pages in small portions.
///
/// A checkpoint writes thousands of pages into the system's memory and then syncs them all at once. A commit that syncs the write-ahead log
/// meanwhile would wait behind them in the disk's queue.
final class PacedWrites: @unchecked Sendable {
    // Unchecked: used only on the connection's queue.
    private var isPaced = false
    private var waiting = 0

    /// The pages of a portion: one MiB.
    private static let portion = 256

    /// From now on watches what `db` writes into its database file.
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

    /// Runs `body`, whose writes are synced in portions.
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
