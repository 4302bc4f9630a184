import Messaging
import SQLiteStore
import Synchronization
import Watchdog

extension Journal {
    /// Removes deliveries that are older than the retention time, and returns how many: rows some hundreds per transaction, blocks whole. A
    /// delivery stays if the database does not have its items yet, or if it has an unresolved dead letter.
    public func pruneDeliveries() async throws(JournalError) -> Int {
        guard let keep = configuration.keep else { return 0 }
        try await measureKept()
        let old = PruneCursor(before: try await retentionTime().adding(.zero - keep), upTo: try await droppableEnd())
        var count = 0
        var cursor = old
        while let range = try await reader.prunableDeliveries(cursor) {
            count += try await drop(rows: range)
            cursor.start = range.upperBound
        }
        cursor = old
        while let batch = try await reader.prunableBlocks(cursor) {
            for block in batch.blocks { count += try await drop(block) }
            cursor.start = batch.end
        }
        return count
    }

    /// The position up to which deliveries may be removed: the database has their items, and their bytes have been counted.
    func droppableEnd() async throws(JournalError) -> Int64 {
        let counted = kept.withLock { $0.countedUpTo }
        guard let target = configuration.syncTarget else { return counted }
        return min(counted, try await reader.position(of: target))
    }

    /// Removes the rows at these positions and returns how many; rows with an unresolved dead letter only if `withLetters` is true.
    func drop(rows range: ClosedRange<Int64>, withLetters: Bool = false) async throws(JournalError) -> Int {
        let removed = try await write(Work("removing deliveries")) { try $0.deliveries.remove(range, withLetters: withLetters) }
        kept.withLock { $0.remove(rows: removed.bytes) }
        return removed.count
    }

    /// Removes a block; returns the number of its deliveries.
    func drop(_ block: StoredBlock) async throws(JournalError) -> Int {
        guard try await write(Work("removing deliveries"), { try $0.blocks.remove(first: block.first) }) else { return 0 }
        kept.withLock { $0.remove(blocks: block.bytes) }
        return block.count
    }
}

/// A block, with what retention needs to know.
struct StoredBlock: Sendable {
    let first: Int64
    let count: Int
    let bytes: Int64

    static let columns = "first_seq, count, \(KeptSize.blockBytes) AS bytes"

    /// Whether a block `b` may contain a delivery with an unresolved dead letter. Such a delivery may also be a row between the block's
    /// deliveries, or be deleted: `CaptureBlocks.hasLetter` reads the block to find out.
    static let hasLetter = """
        EXISTS (SELECT l.delivery_id FROM dead_letters l WHERE l.resolved_at IS NULL AND l.delivery_id BETWEEN b.first_id AND b.last_id
          EXCEPT SELECT d.delivery_id FROM deliveries d WHERE d.last_seq BETWEEN b.first_seq AND b.last_seq)
        """

    init(_ row: ColumnReader) {
        first = row.integer("first_seq")
        count = Int(row.integer("count"))
        bytes = row.integer("bytes")
    }
}

/// Where to look for the next deliveries to remove.
struct PruneCursor: Sendable {
    /// The number after which to look.
    var start: Int64 = 0
    /// The last number that may be removed.
    let end: Int64
    /// Only deliveries received before this time may be removed.
    let before: Instant

    init(before: Instant, upTo end: Int64) {
        self.before = before
        self.end = end
    }
}

extension JournalReader {
    /// The numbers of the next deliveries that are old enough, some hundreds at most; nil if there are none.
    func prunableDeliveries(_ cursor: PruneCursor) async throws(JournalError) -> ClosedRange<Int64>? {
        try await read { db in
            let sql = "SELECT last_seq, received_at FROM deliveries WHERE last_seq > ? AND last_seq <= ? ORDER BY last_seq LIMIT 500"
            let before = cursor.before.description
            var old: ClosedRange<Int64>?
            try db.statement(sql).forEach({ values in
                values.integer(cursor.start)
                values.integer(cursor.end)
            }) { row in
                guard let receivedAt = row.string(1), receivedAt < before else { return false }
                old = (old?.lowerBound ?? row.integer(0))...row.integer(0)
                return true
            }
            return old
        }
    }

    /// The next blocks of which all deliveries are old enough, and the number up to which blocks were examined; nil if there are no more
    /// blocks.
    func prunableBlocks(_ cursor: PruneCursor) async throws(JournalError) -> (blocks: [StoredBlock], end: Int64)? {
        try await read { db in
            var blocks: [StoredBlock] = []
            var end: Int64?
            let sql = """
                SELECT \(StoredBlock.columns), last_received_at, last_seq, \(StoredBlock.hasLetter) AS has_letter FROM delivery_blocks b
                WHERE first_seq > ? ORDER BY first_seq LIMIT 50
                """
            let before = cursor.before.description
            try db.statement(sql).forEach({ $0.integer(cursor.start) }) { row in
                guard row.integer("last_seq") <= cursor.end, let latest = row.string("last_received_at"), latest < before
                else { return false }
                let block = StoredBlock(row)
                if try row.integer("has_letter") == 0 || !CaptureBlocks.hasLetter(db, first: block.first) { blocks.append(block) }
                end = block.first
                return true
            }
            return end.map { (blocks, $0) }
        }
    }
}
