import Logging
import Messaging
import SQLiteStore
import Synchronization

extension Journal {
    /// Removes the oldest deliveries until the rest fits into `maxSize`, and returns how many. A delivery that the database does not have
    /// yet stays, whatever the size; a warning reports this once.
    /// Deliveries with an unresolved dead letter are removed last. They are not exempt, since a flood of unreadable deliveries must not
    /// fill the disk; the letter and its record stay.
    public func enforceSize() async throws(JournalError) -> Int {
        guard let limit = configuration.maxSize else { return 0 }
        try await measureKept()
        let end = try await droppableEnd()
        var count = 0
        for withLetters in [false, true] {
            var start: Int64 = 0
            while let next = try await oldest(after: start, upTo: end, limit, withLetters: withLetters) {
                switch next {
                case .rows(let range):
                    count += try await drop(rows: range, withLetters: withLetters)
                    start = range.upperBound
                case .block(let block):
                    count += try await drop(block)
                    start = block.first
                }
            }
        }
        tellOfSize(limit)
        return count
    }

    /// The next rows or block to remove; nil if the rest fits, or if nothing else may be removed.
    private func oldest(
        after start: Int64, upTo end: Int64, _ limit: Int64, withLetters: Bool
    ) async throws(JournalError) -> OldestKept? {
        let excess = kept.withLock { $0.total } - limit
        guard excess > 0 else { return nil }
        return try await reader.oldest(after: start, upTo: end, bytes: excess, withLetters: withLetters)
    }

    private func tellOfSize(_ limit: Int64) {
        let size = kept.withLock { $0.total }
        guard keptExcess.withLock({ $0.isNews(size, over: limit) }) else { return }
        logger.warning(
            "kept deliveries exceed journal.max_size: they cannot be deleted before Supabase has their items",
            metadata: ["journal.bytes": .stringConvertible(size), "journal.max_size": .stringConvertible(limit)])
    }
}

/// What is to be removed next.
enum OldestKept: Sendable {
    case rows(ClosedRange<Int64>)
    case block(StoredBlock)
}

extension JournalReader {
    /// The oldest rows (some hundreds at most, and only as many as `bytes` requires) or the oldest block, whichever is older.
    func oldest(after start: Int64, upTo end: Int64, bytes: Int64, withLetters: Bool) async throws(JournalError) -> OldestKept? {
        try await read { db in
            let block = try Self.oldestBlock(db, after: start, upTo: end, withLetters: withLetters)
            var positions: ClosedRange<Int64>?
            var rest = bytes
            let condition = withLetters ? "" : "AND NOT \(CaptureRows.isDeadLetter)"
            let sql = """
                SELECT last_seq, \(KeptSize.rowBytes) FROM deliveries d WHERE last_seq > ? AND last_seq <= ? \(condition)
                ORDER BY last_seq LIMIT 300
                """
            try db.statement(sql).forEach({ values in
                values.integer(start)
                values.integer(min(end, block?.first ?? end))
            }) { row in
                positions = (positions?.lowerBound ?? row.integer(0))...row.integer(0)
                rest -= row.integer(1)
                return rest > 0
            }
            return positions.map { .rows($0) } ?? block.map { .block($0) }
        }
    }

    private static func oldestBlock(_ db: Database, after start: Int64, upTo end: Int64, withLetters: Bool) throws -> StoredBlock? {
        let condition = withLetters ? "" : "AND NOT \(StoredBlock.hasLetter)"
        let sql = """
            SELECT \(StoredBlock.columns), last_seq FROM delivery_blocks b WHERE first_seq > ? \(condition) ORDER BY first_seq LIMIT 1
            """
        return try db.statement(sql).first({ $0.integer(start) }) { $0.integer("last_seq") <= end ? StoredBlock($0) : nil } ?? nil
    }
}
