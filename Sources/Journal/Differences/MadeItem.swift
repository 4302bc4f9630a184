import Messaging
import SQLiteStore
import Signing

/// What an event would be stored as: its columns as far as an adapter makes them, in the order of its table's `made`.
struct MadeItem {
    let table: ItemTable
    let values: RowBuffer
    private let item: DeliveredItem

    init(_ event: Event, of delivery: Delivery, as id: DeliveryID) {
        let item = DeliveredItem(event: event, delivery: delivery, deliveryID: id, owner: delivery.tokenOwner)
        self.item = item
        switch event.content {
        case .message(let message):
            table = .messages
            values = RowBuffer(MessageRow(message: message, item: item), Self.messages)
        case .status(let status):
            table = .statuses
            values = RowBuffer(StatusRow(status: status, item: item), Self.statuses)
        case .unreadable(let unreadable):
            table = .deadLetters
            values = RowBuffer(DeadLetterRow(letter: DeadLetter(unreadable, item)), Self.deadLetters)
        case .activity, .notice, .unsupported, .identity:
            table = .events
            values = EventRecord(event.content).map { RowBuffer(EventRow(record: $0, item: item), Self.events) } ?? RowBuffer()
        }
    }

    private static let messages = Tables.messages.columns.filter(\.description.isMade)
    private static let statuses = Tables.statuses.columns.filter(\.description.isMade)
    private static let events = Tables.events.columns.filter(\.description.isMade)
    private static let deadLetters = Tables.deadLetters.columns.filter(\.description.isMade)

    /// As it is stored.
    var externalID: String { item.externalID }

    /// The column by which its table tells it from all others.
    static func keyName(in table: ItemTable) -> String { table == .deadLetters ? "fingerprint" : "item_key" }

    /// What it has in that column.
    var key: [UInt8] {
        switch item.event.content {
        case .message: item.key()
        case .status(let status): item.key(of: status)
        case .unreadable(let unreadable):
            Array(DeadLetterTable.fingerprint(of: unreadable, in: item.delivery, ownedBy: item.owner).utf8)
        case .activity, .notice, .unsupported, .identity: item.key(EventRecord(item.event.content)?.type ?? "")
        }
    }

    /// Whether a row has the same values, in its columns from `first` on.
    func isSame(as row: ColumnReader, from first: Int32) -> Bool { values.equals(row, from: first) }
}

extension RowBuffer {
    /// What a row has in these columns.
    fileprivate init<Row>(_ row: Row, _ columns: [Column<Row>]) {
        self.init()
        for column in columns { column.write(row, &self) }
    }
}
