import GRDB
import Messaging
import Signing

/// The table `dead_letters`, as the writer uses it.
struct DeadLetterTable {
    private let insertion: PreparedStatement

    init(_ db: Database) throws {
        insertion = try PreparedStatement(
            db,
            """
            INSERT INTO dead_letters (dead_letter_id, stage, reason, detail, delivery_id, record, created_at, fingerprint)
            VALUES (?, 'normalize', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """)
    }

    /// False where the same item was kept already.
    func insert(_ item: UnreadableItem, of delivery: Delivery, _ deliveryID: DeliveryID, as id: Identifier<UnreadableItem>) throws -> Bool {
        let fingerprint = Hex.encode(Digest.sha256(Array("\(delivery.adapter)/\(delivery.account)\n\(item.record)".utf8)))
        return try insertion.run { row in
            row.id(id)
            row.text(item.error.reason)
            row.text(item.error.field)
            row.id(deliveryID)
            row.text(item.record)
            row.instant(delivery.receivedAt)
            row.text(fingerprint)
        } == 1
    }
}
