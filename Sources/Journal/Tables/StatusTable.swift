import GRDB
import Messaging

/// The table `message_statuses`, as the writer uses it.
struct StatusTable {
    private let insertion: PreparedStatement
    private let sequence: LogSequence

    init(_ db: Database, _ sequence: LogSequence) throws {
        self.sequence = sequence
        insertion = try PreparedStatement(
            db,
            """
            INSERT INTO message_statuses (seq, provider, account, line, external_id, status, occurred_at, received_at, recipient,
              errors, detail, delivery_id, item_key)
            VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (item_key) DO NOTHING
            """)
    }

    /// False where the status is stored already.
    func insert(_ status: MessageStatus, _ item: DeliveredItem) throws -> Bool {
        let isNew =
            try insertion.run { row in
                row.integer(sequence.next)
                row.text(item.delivery.adapter.rawValue)
                row.text(item.delivery.account.rawValue)
                row.text(item.event.line?.rawValue)
                row.text(item.externalID)
                row.text(status.status)
                row.instant(item.occurredAt)
                row.instant(item.delivery.receivedAt)
                row.text(status.recipient)
                row.text(status.errors)
                row.text(status.detail)
                row.id(item.deliveryID)
                row.blob(item.key(of: status))
            } == 1
        if isNew { sequence.use() }
        return isNew
    }
}
