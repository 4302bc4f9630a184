import Messaging
import SQLiteStore

/// The table `messages`, as the writer uses it.
struct MessageTable {
    private let insertStatement: PreparedRowStatement<MessageRow>
    private let completeStatement: PreparedRowStatement<MessageRow>
    private let sequence: LogSequence
    private let keys: StoredKeys

    init(_ db: Database, _ sequence: LogSequence, _ keys: StoredKeys) throws {
        self.sequence = sequence
        self.keys = keys
        insertStatement = try PreparedRowStatement(db, Tables.messages.insert())
        completeStatement = try PreparedRowStatement(
            db, Tables.messages.update(keeping: Self.lasting, where: "seq") { $1.integer($0.formerSequence) })
    }

    /// The columns that identify a message. All others are replaced by those of the message that completes it.
    private static let lasting: Set = ["message_id", "provider", "account", "external_id", "item_key"]

    /// Stores a message; false if it is stored already.
    func insert(_ message: Message, _ item: DeliveredItem, as id: Identifier<Message>, at placement: Placement) throws -> Bool {
        guard try keys.number(of: item.rowKey, in: .messages) == nil else { return false }
        try insertStatement.run(
            MessageRow(sequence: sequence.next, id: id, message: message, item: item, placement: placement))
        keys.add(item.rowKey, sequence.next)
        sequence.use()
        return true
    }

    /// Replaces a stored message by one with the same id. The row gets the next number, so that the sync sends it again.
    func complete(_ known: KnownItem, with message: Message, _ item: DeliveredItem, at placement: Placement) throws {
        try completeStatement.run(
            MessageRow(
                sequence: sequence.next, formerSequence: known.sequence, message: message, item: item, placement: placement))
        keys.add(item.rowKey, sequence.next)
        sequence.use()
        try sequence.leave(known.sequence)
    }
}

/// A row of `messages`.
struct MessageRow {
    var sequence: Int64 = 0
    /// The former number of a row that gets another one.
    var formerSequence: Int64 = 0
    var id: Identifier<Message>?
    let message: Message
    let item: DeliveredItem
    var placement = Placement()
}

extension Tables {
    static let messages = Table<MessageRow>(
        "messages",
        [
            .sequence { $0.sequence }, .id("message_id") { $0.id }, .id("session_id") { $0.placement.session },
            .id("contact_id") { $0.placement.contact }, .text("provider") { $0.item.delivery.adapter.rawValue },
            .text("account") { $0.item.delivery.account.rawValue }, .made("line", .name) { $0.item.event.line?.rawValue },
            .made("external_id", .name) { $0.item.externalID }, .made("channel", .word) { $0.item.event.channel.rawValue },
            .made("direction", .shown) { $0.message.direction.rawValue }, .made("sender", .phone) { $0.message.sender },
            .made("type", .shown) { $0.message.type.rawValue }, .made("text", .length) { $0.message.text },
            .madeJSON("content") { $0.message.content }, .madeJSON("context") { $0.item.tellingID($0.message.context) },
            .time("sent_at", isMade: true) { $0.item.occurredAt }, .time("received_at") { $0.item.delivery.receivedAt },
            .id("delivery_id") { $0.item.deliveryID }, Column("item_key", .digest, .shown, in: .journal) { $1.blob($0.item.rowKey) },
        ])
}

/// The contact to which an item belongs and the session in which it is; nil if there is none.
struct Placement {
    var contact: ContactID?
    var session: SessionID?
}
