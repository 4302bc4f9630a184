import Foundation
import GRDB
import Messaging

/// Counts captures by their place and time alone: only blocks that are in part what is asked for have to be opened.
struct CaptureCount {
    private let filter: CaptureFilter
    private let since: String
    private let until: String

    /// Nil for a filter that asks for more.
    init?(_ filter: CaptureFilter) {
        guard filter.adapter == nil, filter.account == nil, !filter.asksForItems, filter.includes(.accepted), filter.includes(.deadLetter)
        else { return nil }
        self.filter = filter
        since = filter.since?.description ?? ""
        // Behind every time that there is.
        until = filter.until?.description ?? "~"
    }

    func count(_ db: Database, after position: Int64) throws -> Int {
        let times = filter.since == nil && filter.until == nil ? "" : "AND received_at >= :since AND received_at < :until"
        let arguments: StatementArguments = ["position": position, "since": since, "until": until]
        let rows = try Int.fetchOne(
            db, sql: "SELECT count(*) FROM deliveries WHERE last_seq > :position \(times)",
            arguments: times.isEmpty ? ["position": position] : arguments)
        let whole = try Int.fetchOne(db, sql: "SELECT sum(count) FROM delivery_blocks WHERE \(Self.isWhole)", arguments: arguments)
        return try (rows ?? 0) + (whole ?? 0) + partly(db, position, arguments)
    }

    private static let isWhole = "first_seq > :position AND first_received_at >= :since AND last_received_at < :until"

    private func partly(_ db: Database, _ position: Int64, _ arguments: StatementArguments) throws -> Int {
        let sql = """
            SELECT data FROM delivery_blocks WHERE last_seq > :position AND last_received_at >= :since AND first_received_at < :until
              AND NOT (\(Self.isWhole))
            """
        let blocks = try Row.fetchCursor(db, sql: sql, arguments: arguments)
        var count = 0
        while let block = try blocks.next() {
            guard let captures = try? DeliveryBlock.captures(in: Array(block[0] as Data)) else { continue }
            count += captures.count { $0.position > position && filter.includes($0.delivery) }
        }
        return count
    }
}
