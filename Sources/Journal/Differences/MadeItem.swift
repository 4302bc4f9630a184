import Messaging
import SQLiteStore

/// The row as which an event would be stored: the columns that come from the adapter, in the order of its table's `made`.
struct MadeItem {
    let table: ItemTable
    let values: RowBuffer
    private let item: DeliveredItem

    init(_ event: Event, of delivery: Delivery, as id: DeliveryID) {
        self.init(DeliveredItem(event: event, delivery: delivery, deliveryID: id, owner: delivery.tokenOwner))
    }

    init(_ item: DeliveredItem) {
        self.item = item
        table = item.table
        values =
            switch item.event.content {
            case .message(let message): RowBuffer(MessageRow(message: message, item: item), Self.messages)
            case .status(let status): RowBuffer(StatusRow(status: status, item: item), Self.statuses)
            case .unreadable(let unreadable): RowBuffer(DeadLetterRow(letter: DeadLetter(unreadable, item)), Self.deadLetters)
            case .activity, .notice, .unsupported, .identity:
                EventRecord(item.event.content).map { RowBuffer(EventRow(record: $0, item: item), Self.events) } ?? RowBuffer()
            }
    }

    private static let messages = Tables.messages.columns.filter(\.description.isMade)
    private static let statuses = Tables.statuses.columns.filter(\.description.isMade)
    private static let events = Tables.events.columns.filter(\.description.isMade)
    private static let deadLetters = Tables.deadLetters.columns.filter(\.description.isMade)

    /// The external id as it is stored.
    var externalID: String { item.externalID }

    /// The column that identifies a row of its table.
    static func keyName(in table: ItemTable) -> String { table == .deadLetters ? "fingerprint" : "item_key" }

    /// The item's value in that column.
    var key: [UInt8] { item.rowKey }

    /// The item's values there in rows of earlier versions, if they differ.
    var formerKeys: [[UInt8]] {
        guard case .status(let status) = item.event.content else { return [] }
        return item.formerKeys(of: status)
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
