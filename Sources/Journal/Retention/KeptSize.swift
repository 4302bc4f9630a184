import Messaging
import SQLiteStore
import Synchronization

/// How many bytes the kept deliveries take, counted on from what was counted before rather than anew at each sweep.
///
/// What another process removes counts until the next start.
struct KeptSize: Sendable, Equatable {
    /// Rows up to here are counted.
    private(set) var rowsUpTo: Int64 = 0
    /// Blocks that begin up to here are counted.
    private(set) var blocksUpTo: Int64 = 0
    /// Where the last of the counted blocks ends.
    private var blocksEnd: Int64 = 0
    private var rows: Int64 = 0
    private var blocks: Int64 = 0

    /// Of rows and blocks as they are stored.
    var total: Int64 { rows + blocks }

    /// Once all is counted: up to here rows and blocks are. After a restart there may be blocks behind the last row.
    var countedUpTo: Int64 { max(rowsUpTo, blocksEnd) }

    mutating func add(rows bytes: Int64, upTo position: Int64) {
        rows += bytes
        rowsUpTo = max(rowsUpTo, position)
    }

    /// `position` is where the last of them begins, `end` where it ends.
    mutating func add(blocks bytes: Int64, upTo position: Int64, end: Int64) {
        blocks += bytes
        blocksUpTo = max(blocksUpTo, position)
        blocksEnd = max(blocksEnd, end)
    }

    mutating func remove(rows bytes: Int64) { rows = max(0, rows - bytes) }
    mutating func remove(blocks bytes: Int64) { blocks = max(0, blocks - bytes) }

    /// What a row takes, and a block: what is in it and about what SQLite adds.
    static let rowBytes = "length(body) + length(headers) + length(target) + iif(form_id IS NULL, 200, 100)"
    static let blockBytes = "length(data) + 300"
}

/// Whether something takes more than it may, to be said when it begins to.
struct Excess {
    private var isOver = false

    /// Notes a size; true where it is over the limit and was not before.
    mutating func isNews(_ size: Int64, over limit: Int64) -> Bool {
        defer { isOver = size > limit }
        return size > limit && !isOver
    }
}

extension Journal {
    /// Counts what was stored since the last time.
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
    /// With the next few thousand rows and blocks.
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
