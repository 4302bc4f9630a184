import Messaging
import SQLiteStore

/// Counts captures by position and time only, so that a block has to be opened only if just a part of it matches.
struct CaptureCount {
    private let filter: CaptureFilter
    private let since: String
    private let until: String

    /// Nil if the filter has other conditions.
    init?(_ filter: CaptureFilter) {
        guard filter.adapter == nil, filter.account == nil, !filter.asksForItems, filter.includes(.accepted), filter.includes(.deadLetter)
        else { return nil }
        self.filter = filter
        since = filter.since?.description ?? ""
        // Sorts after every time.
        until = filter.until?.description ?? "~"
    }

    func count(_ db: Database, after position: Int64) throws -> Int {
        let hasTimes = filter.since != nil || filter.until != nil
        let times = hasTimes ? "AND received_at >= ?2 AND received_at < ?3" : ""
        func fill(_ values: inout RowBuffer) {
            values.integer(position)
            values.text(since)
            values.text(until)
        }
        let rows = try db.statement("SELECT count(*) FROM deliveries WHERE last_seq > ?1 \(times)").first({ values in
            if hasTimes { fill(&values) } else { values.integer(position) }
        }) { $0.integer(0) }
        let whole = try db.statement("SELECT sum(count) FROM delivery_blocks WHERE \(Self.isWhole)").first(fill) { $0.integer(0) }
        return try Int(rows ?? 0) + Int(whole ?? 0) + partly(db, position, fill)
    }

    private static let isWhole = "first_seq > ?1 AND first_received_at >= ?2 AND last_received_at < ?3"

    private func partly(_ db: Database, _ position: Int64, _ fill: (inout RowBuffer) -> Void) throws -> Int {
        let sql = """
            SELECT data FROM delivery_blocks WHERE last_seq > ?1 AND last_received_at >= ?2 AND first_received_at < ?3
              AND NOT (\(Self.isWhole))
            """
        var count = 0
        try db.statement(sql).forEach(fill) { block in
            if let captures = try? DeliveryBlock.captures(in: block.blob(0)) {
                count += captures.count { $0.position > position && filter.includes($0.delivery) }
            }
            return true
        }
        return count
    }
}
