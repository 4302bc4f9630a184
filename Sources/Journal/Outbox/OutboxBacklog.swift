import GRDB
import Messaging

/// What of the outbox is still to be carried.
public struct OutboxBacklog: Sendable, Equatable {
    /// Rows that wait.
    public var depth: Int
    /// When the first of them was stored; nil where none waits.
    public var oldest: Instant?

    /// An outbox of so many rows.
    public init(depth: Int, oldest: Instant?) {
        self.depth = depth
        self.oldest = oldest
    }

    private static let tables = [
        ("messages", "received_at"), ("message_statuses", "received_at"), ("events", "received_at"), ("dead_letters", "created_at"),
        ("changes", "changed_at"),
    ]

    /// The number of the last row that was stored, of all tables.
    static func lastSequence(_ db: Database) throws -> Int64 {
        let ends = tables.map { "SELECT max(seq) AS seq FROM \($0.0)" }.joined(separator: " UNION ALL ")
        return try Int64.fetchOne(db, sql: "SELECT max(seq) FROM (\(ends))") ?? 0
    }

    /// The sequence has no gaps: its end tells how many rows there are after a position, without counting them.
    init(_ db: Database, after position: Int64) throws {
        depth = Int(max(0, try Self.lastSequence(db) - position))
        guard depth > 0 else { return }
        let firsts = Self.tables.map { "SELECT * FROM (SELECT seq, \($0.1) AS at FROM \($0.0) WHERE seq > :position ORDER BY seq LIMIT 1)" }
        let query = "SELECT at FROM (\(firsts.joined(separator: " UNION ALL "))) ORDER BY seq LIMIT 1"
        oldest = try String.fetchOne(db, sql: query, arguments: ["position": position]).flatMap { Instant(rfc3339: $0) }
    }
}
