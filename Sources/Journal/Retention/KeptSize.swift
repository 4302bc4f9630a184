import Messaging
import SQLiteStore
import Synchronization

/// The size of the kept deliveries in bytes. It is updated incrementally rather than counted anew at each sweep.
/// Deliveries that another process removes are still counted until the next start.
struct KeptSize: Sendable, Equatable {
    /// The position up to which rows are counted.
    private(set) var rowsUpTo: Int64 = 0
    /// Blocks that begin at or before this position are counted.
    private(set) var blocksUpTo: Int64 = 0
    /// The position at which the last counted block ends.
    private var blocksEnd: Int64 = 0
    private var rows: Int64 = 0
    private var blocks: Int64 = 0

    /// The size of rows and blocks as stored.
    var total: Int64 { rows + blocks }

    /// Once everything is counted, the position of the last row or block. After a restart, blocks may extend beyond the last row.
    var countedUpTo: Int64 { max(rowsUpTo, blocksEnd) }

    mutating func add(rows bytes: Int64, upTo position: Int64) {
        rows += bytes
        rowsUpTo = max(rowsUpTo, position)
    }

    /// `position` is where the last of the blocks begins, `end` where it ends.
    mutating func add(blocks bytes: Int64, upTo position: Int64, end: Int64) {
        blocks += bytes
        blocksUpTo = max(blocksUpTo, position)
        blocksEnd = max(blocksEnd, end)
    }

    mutating func remove(rows bytes: Int64) { rows = max(0, rows - bytes) }
    mutating func remove(blocks bytes: Int64) { blocks = max(0, blocks - bytes) }

    /// The size of a row and of a block in SQL: their contents plus the approximate overhead of SQLite.
    static let rowBytes = "length(body) + length(headers) + length(target) + iif(form_id IS NULL, 200, 100)"
    static let blockBytes = "length(data) + 300"
}

/// Detects that a size begins to exceed a limit, so that this is logged once.
struct Excess {
    private var isOver = false

    /// Records a size; true if it exceeds the limit and the previous one did not.
    mutating func isNews(_ size: Int64, over limit: Int64) -> Bool {
        defer { isOver = size > limit }
        return size > limit && !isOver
    }
}

extension Journal {
    /// Adds what was stored since the last count.
    func measureKept() async throws(JournalError) {
        while true {
            let known = kept.withLock { $0 }
            let next = try await reader.measured(known)
            kept.withLock { $0 = next }
            if next == known { return }
        }
    }
}

extension JournalReader {
    /// The size with the next few thousand rows and blocks added.
    fileprivate func measured(_ known: KeptSize) async throws(JournalError) -> KeptSize {
        try await read { db in
            var size = known
            let rows = """
                SELECT sum(bytes), max(last_seq) FROM (
                  SELECT last_seq, \(KeptSize.rowBytes) AS bytes FROM deliveries WHERE last_seq > ? ORDER BY last_seq LIMIT 5000)
                """
            try db.statement(rows).forEach({ $0.integer(known.rowsUpTo) }) { row in
                size.add(rows: row.integer(0), upTo: row.integer(1))
                return false
            }
            let blocks = """
                SELECT sum(bytes), max(first_seq), max(last_seq) FROM (
                  SELECT first_seq, last_seq, \(KeptSize.blockBytes) AS bytes FROM delivery_blocks WHERE first_seq > ? ORDER BY first_seq LIMIT 5000)
                """
            try db.statement(blocks).forEach({ $0.integer(known.blocksUpTo) }) { row in
                size.add(blocks: row.integer(0), upTo: row.integer(1), end: row.integer(2))
                return false
            }
            return size
        }
    }
}
