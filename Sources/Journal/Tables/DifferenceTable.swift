import Messaging
import SQLiteStore

/// The table `differences`, as the writer uses it. It is read and written only if an item differs from the stored item with the same key.
struct DifferenceTable {
    private let insertStatement: PreparedStatement
    private let findStatement: PreparedStatement

    init(_ db: Database) throws {
        insertStatement = try PreparedStatement(
            db, "INSERT OR IGNORE INTO differences (fingerprint, seq, item_table, item_key, delivery_id) VALUES (?, ?, ?, ?, ?)")
        findStatement = try PreparedStatement(db, "SELECT 1 FROM differences WHERE fingerprint = ?")
    }

    /// Whether the same difference is stored already.
    func contains(_ fingerprint: [UInt8]) throws -> Bool { try findStatement.first({ $0.blob(fingerprint) }) { _ in true } ?? false }

    /// Stores the digest of an item's content in a delivery; the delivery's number is `number` or a later one.
    func insert(_ fingerprint: [UInt8], of item: DeliveredItem, in delivery: DeliveryID?, at number: Int64) throws {
        try insertStatement.run { row in
            row.blob(fingerprint)
            row.integer(number)
            row.text(item.table.rawValue)
            row.blob(item.rowKey)
            row.id(delivery)
        }
    }
}
