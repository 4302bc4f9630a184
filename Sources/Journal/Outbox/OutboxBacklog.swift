import Messaging
import SQLiteStore

/// The part of the outbox that is still to be sent.
public struct OutboxBacklog: Sendable, Equatable {
    /// The number of waiting rows.
    public var depth: Int
    /// When the first waiting row was stored; nil if none waits.
    public var oldest: Instant?

    /// A backlog with this many rows.
    public init(depth: Int, oldest: Instant?) {
        self.depth = depth
        self.oldest = oldest
    }

    /// The last number that was given to a row of any table.
    static func lastSequence(_ db: Database) throws -> Int64 {
        try db.statement("SELECT max(seq) FROM (\(NumberedTables.highestNumbers))").first { $0.integer(0) } ?? 0
    }

    /// The numbers have no gaps except those in `left_numbers`, so the last number gives the number of rows after a position without
    /// counting.
    init(_ db: Database, after position: Int64) throws {
        let left = try db.statement("SELECT count(*) FROM left_numbers WHERE seq > ?").first({ $0.integer(position) }) { $0.integer(0) }
        depth = Int(max(0, try Self.lastSequence(db) - position - (left ?? 0)))
        guard depth > 0 else { return }
        let firsts = NumberedTables.all.map {
            "SELECT * FROM (SELECT seq, \($0.storedAt) AS at FROM \($0.name) WHERE seq > ?1 ORDER BY seq LIMIT 1)"
        }
        let query = "SELECT at FROM (\(firsts.joined(separator: " UNION ALL "))) ORDER BY seq LIMIT 1"
        oldest = try db.statement(query).first({ $0.integer(position) }) { $0.instant(0) } ?? nil
    }
}
