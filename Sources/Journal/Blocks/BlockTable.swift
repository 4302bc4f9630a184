import Messaging
import SQLiteStore

/// The table `delivery_blocks`, as the writer uses it.
struct BlockTable {
    private let insertStatement: PreparedStatement
    private let countStatement: PreparedStatement
    private let deleteRowStatement: PreparedStatement
    private let deleteStatement: PreparedStatement

    init(_ db: Database) throws {
        insertStatement = try PreparedStatement(
            db,
            """
            INSERT INTO delivery_blocks (first_seq, last_seq, first_id, last_id, first_received_at, last_received_at, count, raw_bytes, data)
            VALUES (?,?,?,?,?,?,?,?,?)
            """)
        countStatement = try PreparedStatement(
            db, "SELECT count(*) FROM whole_deliveries WHERE last_seq BETWEEN ? AND ? AND \(CaptureRows.hasForm)")
        deleteRowStatement = try PreparedStatement(db, "DELETE FROM deliveries WHERE last_seq = ? RETURNING \(KeptSize.rowBytes)")
        deleteStatement = try PreparedStatement(db, "DELETE FROM delivery_blocks WHERE first_seq = ?")
    }

    /// Replaces rows by their block and returns the bytes of these rows; nil, without any change, if one of the rows no longer exists.
    func replaceRows(by plan: CompressionPlan) throws -> Int64? {
        let positions = plan.block.positions
        let present = try countStatement.first({ row in
            row.integer(positions.lowerBound)
            row.integer(positions.upperBound)
        }) { $0.integer(0) }
        guard present == Int64(plan.rowsInRange) else { return nil }
        var freed: Int64 = 0
        for position in plan.rows { freed += try deleteRowStatement.first({ $0.integer(position) }) { $0.integer(0) } ?? 0 }
        try insert(plan.block)
        return freed
    }

    /// Removes a block; false if another process has removed it.
    func remove(first: Int64) throws -> Bool { try deleteStatement.run { $0.integer(first) } == 1 }

    private func insert(_ block: DeliveryBlock) throws {
        try insertStatement.run { row in
            row.integer(block.positions.lowerBound)
            row.integer(block.positions.upperBound)
            row.text(block.ids.lowerBound)
            row.text(block.ids.upperBound)
            row.text(block.times.lowerBound)
            row.text(block.times.upperBound)
            row.integer(Int64(block.count))
            row.integer(Int64(block.rawBytes))
            row.blob(block.data)
        }
    }
}
