import Messaging
import SQLiteStore
import Signing

/// What an event would be stored as: its columns as far as an adapter makes them, in the order of its table's `made`.
struct MadeItem {
    let table: ItemTable
    let values: [ColumnValue]
    private let item: DeliveredItem

    init(_ event: Event, of delivery: Delivery, as id: DeliveryID) {
        let item = DeliveredItem(event: event, delivery: delivery, deliveryID: id, owner: delivery.tokenOwner)
        self.item = item
        switch event.content {
        case .message(let message):
            table = .messages
            let row = MessageRow(message: message, item: item)
            values = Self.messages.map { $0.value(row) }
        case .status(let status):
            table = .statuses
            let row = StatusRow(status: status, item: item)
            values = Self.statuses.map { $0.value(row) }
        case .unreadable(let unreadable):
            table = .deadLetters
            let row = DeadLetterRow(letter: DeadLetter(unreadable, item))
            values = Self.deadLetters.map { $0.value(row) }
        case .activity, .notice, .unsupported, .identity:
            table = .events
            let row = EventRecord(event.content).map { EventRow(record: $0, item: item) }
            values = row.map { row in Self.events.map { $0.value(row) } } ?? []
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
    func isSame(as row: ColumnReader, from first: Int32) -> Bool {
        var column = first
        for value in values {
            guard value.equals(row, column) else { return false }
            column += 1
        }
        return true
    }
}

extension ColumnValue {
    /// Whether a row has this value of an adapter's; no text is made for it.
    func equals(_ row: ColumnReader, _ column: Int32) -> Bool {
        switch self {
        case .text(var text?): text.withUTF8 { row.equals(column, UnsafeRawBufferPointer($0)) }
        case .instant(let instant?):
            withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { buffer in
                instant.write(to: buffer)
                return row.equals(column, UnsafeRawBufferPointer(buffer))
            }
        case .text(nil), .id(nil), .instant(nil), .integer(nil): row.isNull(column)
        case .id(let id?): row.equals(column, id.description)
        case .boolean(let value): row.integer(column) == (value ? 1 : 0)
        case .integer(let value?): row.integer(column) == value
        case .blob(let bytes): bytes.withUnsafeBytes { row.equals(column, $0) }
        }
    }
}
