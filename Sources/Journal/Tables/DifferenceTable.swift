import Messaging
import SQLiteStore

/// The table `differences`, as the writer uses it: it is asked and written only where an item differs from the stored one of its key.
struct DifferenceTable {
    private let insertStatement: PreparedStatement
    private let findStatement: PreparedStatement
    private let sequence: LogSequence

    init(_ db: Database, _ sequence: LogSequence) throws {
        self.sequence = sequence
        insertStatement = try PreparedStatement(
            db, "INSERT INTO differences (fingerprint, seq, item_table, item_key, delivery_id, received_at) VALUES (?, ?, ?, ?, ?, ?)")
        findStatement = try PreparedStatement(db, "SELECT 1 FROM differences WHERE fingerprint = ?")
    }

    /// Whether the same difference came before.
    func contains(_ fingerprint: [UInt8]) throws -> Bool { try findStatement.first({ $0.blob(fingerprint) }) { _ in true } ?? false }

    /// Notes one that did not come before.
    func insert(_ fingerprint: [UInt8], _ made: MadeItem, _ item: DeliveredItem) throws {
        try insertStatement.run { row in
            row.blob(fingerprint)
            row.integer(sequence.next)
            row.text(made.table.rawValue)
            row.blob(made.key)
            row.id(item.deliveryID)
            row.instant(item.delivery.receivedAt)
        }
    }
}
