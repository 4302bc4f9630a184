import GRDB
import Messaging

/// Finds blocks, and the captures in them.
struct CaptureBlocks {
    /// A block as it is found, before it is decompressed.
    struct Found {
        let positions: ClosedRange<Int64>
        let count: Int
        private let ids: (first: String, last: String)
        private let data: [UInt8]

        init(_ row: ColumnReader) {
            let first = row.integer(0)
            positions = first...max(first, row.integer(1))
            count = Int(row.integer(2))
            ids = (row.string(3) ?? "", row.string(4) ?? "")
            data = row.blob(5)
        }

        /// All in it, with their states; nil where it is damaged, which must not hide what is behind it. `JournalReader.check` tells of it.
        func captures(_ db: Database) throws -> [Capture]? {
            guard var captures = try? DeliveryBlock.captures(in: data) else { return nil }
            let letters = try unsettled(db)
            guard !letters.isEmpty else { return captures }
            for index in captures.indices where letters.contains(captures[index].id) { captures[index].state = .deadLetter }
            return captures
        }

        /// What the database refused after the block was made.
        private func unsettled(_ db: Database) throws -> Set<DeliveryID> {
            var letters: Set<DeliveryID> = []
            let sql = "SELECT delivery_id FROM dead_letters WHERE resolved_at IS NULL AND delivery_id BETWEEN ? AND ?"
            try StatementCursor(db, sql, ids.first, ids.last).forEach { row in
                if let id: DeliveryID = row.id(0) { letters.insert(id) }
                return true
            }
            return letters
        }
    }

    private static let columns = "first_seq, last_seq, count, first_id, last_id, data"

    /// The first block that reaches beyond a position and may have what a filter asks for; nil where there is none.
    static func next(_ db: Database, after position: Int64, _ filter: CaptureFilter) throws -> Found? {
        var conditions = [
            "first_seq >= (SELECT coalesce(max(first_seq), 0) FROM delivery_blocks WHERE first_seq <= ?) AND last_seq > ?"
        ]
        var arguments: [any DatabaseValueConvertible] = [position, position]
        if let since = filter.since {
            conditions.append("last_received_at >= ?")
            arguments.append(since.description)
        }
        if let until = filter.until {
            conditions.append("first_received_at < ?")
            arguments.append(until.description)
        }
        if !filter.includes(.accepted) {
            conditions.append(
                "EXISTS (SELECT 1 FROM dead_letters WHERE resolved_at IS NULL AND delivery_id BETWEEN first_id AND last_id)")
        }
        let sql = "SELECT \(columns) FROM delivery_blocks WHERE \(conditions.joined(separator: " AND ")) ORDER BY first_seq LIMIT 1"
        var found: Found?
        try StatementCursor(db, sql, arguments).forEach { row in
            found = Found(row)
            return false
        }
        return found
    }

    /// Whether a block holds a delivery with an unsettled dead letter; of one that cannot be read it is assumed.
    static func hasLetter(_ db: Database, first: Int64) throws -> Bool {
        var hasLetter = false
        try StatementCursor(db, "SELECT \(columns) FROM delivery_blocks WHERE first_seq = ?", first).forEach { row in
            hasLetter = try Found(row).captures(db)?.contains { $0.state == .deadLetter } ?? true
            return false
        }
        return hasLetter
    }

    /// The capture of an id. Ids are nearly in the order of blocks, so that the first block that may have it mostly has.
    static func capture(_ db: Database, _ id: DeliveryID) throws -> Capture? {
        var capture: Capture?
        let sql = "SELECT \(columns) FROM delivery_blocks WHERE last_id >= ? AND first_id <= ? ORDER BY last_id"
        try StatementCursor(db, sql, id.description, id.description).forEach { row in
            capture = try Found(row).captures(db)?.first { $0.id == id }
            return capture == nil
        }
        return capture
    }
}
