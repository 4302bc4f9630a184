import Messaging
import SQLiteStore

/// The table `sync_positions`, as the writer uses it.
struct PositionTable {
    private let updateStatement: PreparedStatement

    init(_ db: Database) throws {
        updateStatement = try PreparedStatement(
            db,
            """
            INSERT INTO sync_positions (target, seq, updated_at) VALUES (?,?,?)
            ON CONFLICT (target) DO UPDATE SET seq = max(seq, excluded.seq), updated_at = excluded.updated_at
            """)
    }

    /// Moves the position of a database forward, never back.
    func advance(_ target: String, to sequence: Int64, at now: Instant) throws {
        try updateStatement.run { row in
            row.text(target)
            row.integer(sequence)
            row.instant(now)
        }
    }
}
