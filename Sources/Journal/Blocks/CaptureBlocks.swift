import Messaging
import SQLiteStore

/// Finds blocks, and the captures in them.
struct CaptureBlocks {
    /// A block as it is stored, compressed.
    struct Found {
        let positions: ClosedRange<Int64>
        let count: Int
        private let ids: (first: String, last: String)
        private let data: [UInt8]

        init(_ row: ColumnReader) {
            let first = row.integer("first_seq")
            positions = first...max(first, row.integer("last_seq"))
            count = Int(row.integer("count"))
            ids = (row.string("first_id") ?? "", row.string("last_id") ?? "")
            data = row.blob("data")
        }

        /// All captures of the block, with their states; nil if the block is damaged, so that later blocks can still be read.
        /// `JournalReader.check` reports the damage.
        func captures(_ db: Database) throws -> [Capture]? {
            guard var captures = try? DeliveryBlock.captures(in: data) else { return nil }
            let letters = try unsettled(db)
            guard !letters.isEmpty else { return captures }
            for index in captures.indices where letters.contains(captures[index].id) { captures[index].state = .deadLetter }
            return captures
        }

        /// The deliveries of which the database has refused rows since the block was made.
        private func unsettled(_ db: Database) throws -> Set<DeliveryID> {
            var letters: Set<DeliveryID> = []
            let sql = "SELECT delivery_id FROM dead_letters WHERE resolved_at IS NULL AND delivery_id BETWEEN ? AND ?"
            try db.statement(sql).forEach({ values in
                values.text(ids.first)
                values.text(ids.last)
            }) { row in
                if let id: DeliveryID = row.id(0) { letters.insert(id) }
                return true
            }
            return letters
        }
    }

    private static let columns = "first_seq, last_seq, count, first_id, last_id, data"

    /// The first block after a position that may contain what a filter asks for; nil if there is none.
    static func next(_ db: Database, after position: Int64, _ filter: CaptureFilter) throws -> Found? {
        var conditions = [
            "first_seq >= (SELECT coalesce(max(first_seq), 0) FROM delivery_blocks WHERE first_seq <= ?) AND last_seq > ?"
        ]
        if filter.since != nil { conditions.append("last_received_at >= ?") }
        if filter.until != nil { conditions.append("first_received_at < ?") }
        if !filter.includes(.accepted) {
            conditions.append(
                "EXISTS (SELECT 1 FROM dead_letters WHERE resolved_at IS NULL AND delivery_id BETWEEN first_id AND last_id)")
        }
        let sql = "SELECT \(columns) FROM delivery_blocks WHERE \(conditions.joined(separator: " AND ")) ORDER BY first_seq LIMIT 1"
        return try db.statement(sql).first({ values in
            values.integer(position)
            values.integer(position)
            if let since = filter.since { values.instant(since) }
            if let until = filter.until { values.instant(until) }
        }) { Found($0) }
    }

    /// Whether a block has a delivery with an unresolved dead letter; true if the block cannot be read.
    static func hasLetter(_ db: Database, first: Int64) throws -> Bool {
        let sql = "SELECT \(columns) FROM delivery_blocks WHERE first_seq = ?"
        guard let block = try db.statement(sql).first({ $0.integer(first) }, { Found($0) }) else { return false }
        return try block.captures(db)?.contains { $0.state == .deadLetter } ?? true
    }

    /// The capture with an id. Ids are nearly in the order of the blocks, so the first block that may have the id usually has it.
    static func capture(_ db: Database, _ id: DeliveryID) throws -> Capture? {
        var capture: Capture?
        let sql = "SELECT \(columns) FROM delivery_blocks WHERE last_id >= ? AND first_id <= ? ORDER BY last_id"
        try db.statement(sql).forEach({ values in
            values.id(id)
            values.id(id)
        }) { row in
            capture = try Found(row).captures(db)?.first { $0.id == id }
            return capture == nil
        }
        return capture
    }
}
