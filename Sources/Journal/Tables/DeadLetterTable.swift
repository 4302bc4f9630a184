import GRDB
import Messaging
import Signing

/// The table `dead_letters`, as the writer uses it.
struct DeadLetterTable {
    private let insertion: PreparedStatement
    private let sequence: LogSequence

    init(_ db: Database, _ sequence: LogSequence) throws {
        self.sequence = sequence
        insertion = try PreparedStatement(
            db,
            """
            INSERT INTO dead_letters (seq, dead_letter_id, stage, reason, detail, delivery_id, record, created_at, fingerprint)
            VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING
            """)
    }

    /// Keeps an item that no adapter could read; false where the same item was kept already.
    func insert(_ item: UnreadableItem, of delivery: Delivery, _ deliveryID: DeliveryID, as id: Identifier<DeadLetter>) throws -> Bool {
        let letter = DeadLetter(
            stage: .normalize, reason: item.error.reason, detail: item.error.field, deliveryID: deliveryID, record: item.record,
            createdAt: delivery.receivedAt)
        return try insert(letter, as: id, fingerprint: Self.fingerprint(of: item, in: delivery))
    }

    /// What makes an unreadable item one.
    static func fingerprint(of item: UnreadableItem, in delivery: Delivery) -> String {
        fingerprint("\(delivery.adapter)/\(delivery.account)\n\(item.record)")
    }

    /// The digest of what makes a letter one.
    static func fingerprint(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }

    /// False where a letter of the same fingerprint was kept already.
    func insert(_ letter: DeadLetter, as id: Identifier<DeadLetter>, fingerprint: String) throws -> Bool {
        let isNew =
            try insertion.run { row in
                row.integer(sequence.next)
                row.id(id)
                row.text(letter.stage.rawValue)
                row.text(letter.reason)
                row.text(letter.detail)
                row.id(letter.deliveryID)
                row.text(letter.record)
                row.instant(letter.createdAt)
                row.text(fingerprint)
            } == 1
        if isNew { sequence.use() }
        return isNew
    }
}
