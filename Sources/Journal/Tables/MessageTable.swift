import GRDB
import Messaging

/// The table `messages`, as the writer uses it.
struct MessageTable {
    private let insertion: PreparedStatement
    private let search: PreparedStatement
    private let relocation: PreparedStatement
    private let sequence: LogSequence

    init(_ db: Database, _ sequence: LogSequence) throws {
        self.sequence = sequence
        insertion = try PreparedStatement(
            db,
            """
            INSERT INTO messages (seq, message_id, session_id, contact_id, provider, account, line, external_id, channel, direction,
              sender, type, text, content, context, sent_at, received_at, delivery_id, item_key)
            VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (item_key) DO NOTHING
            """)
        relocation = try PreparedStatement(db, "UPDATE messages SET session_id = ? WHERE message_id = ?")
        search = try PreparedStatement(db, "SELECT 1 FROM messages WHERE item_key = ?")
    }

    func contains(_ item: DeliveredItem) throws -> Bool {
        try search.first({ $0.blob(item.key()) }) { _ in true } ?? false
    }

    /// Puts an item into another session; false where it is not one of this table.
    @discardableResult
    func move(_ item: MovedItem) throws -> Bool {
        try relocation.run { row in
            row.id(item.session)
            row.text(item.id)
        } == 1
    }

    /// False where the message is stored already.
    func insert(_ message: Message, _ item: DeliveredItem, as id: Identifier<Message>, at place: Placement) throws -> Bool {
        let isNew =
            try insertion.run { row in
                row.integer(sequence.next)
                row.id(id)
                row.id(place.session)
                row.id(place.contact)
                row.text(item.delivery.adapter.rawValue)
                row.text(item.delivery.account.rawValue)
                row.text(item.event.line?.rawValue)
                row.text(item.externalID)
                row.text(item.event.channel.rawValue)
                row.text(message.direction.rawValue)
                row.text(message.sender)
                row.text(message.type.rawValue)
                row.text(message.text)
                row.text(message.content)
                row.text(message.context)
                row.instant(item.occurredAt)
                row.instant(item.delivery.receivedAt)
                row.id(item.deliveryID)
                row.blob(item.key())
            } == 1
        if isNew { sequence.use() }
        return isNew
    }
}

/// Whose an item is and in which session; nil where there is none.
struct Placement {
    var contact: ContactID?
    var session: SessionID?
}
