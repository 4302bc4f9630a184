import Messaging
import Signing

/// What an event would be stored as: its columns as far as an adapter makes them, in the order of `names(in:)`.
struct MadeItem {
    let table: ItemTable
    let event: Event
    /// As it is stored.
    let externalID: String
    let values: [Value]
    private let owner: ContactID?

    /// A column's value before it is text.
    enum Value {
        case text(String?)
        case instant(Instant)

        var text: String? {
            switch self {
            case .text(let text): text
            case .instant(let instant): instant.description
            }
        }
    }

    init(_ event: Event, of delivery: Delivery) {
        self.event = event
        owner = delivery.tokenOwner
        externalID = DeliveredItem.externalID(of: event, ownedBy: owner)
        let happened = Value.instant(event.occurredAt ?? delivery.receivedAt)
        let head = [Value.text(externalID), .text(event.line?.rawValue)]
        switch event.content {
        case .message(let message):
            table = .messages
            values =
                head + [
                    .text(event.channel.rawValue), .text(message.direction.rawValue), .text(message.sender), .text(message.type.rawValue),
                    .text(message.text), .text(message.content), .text(message.context), happened,
                ]
        case .status(let status):
            table = .statuses
            values = head + [.text(status.status), happened, .text(status.recipient), .text(status.errors), .text(status.detail)]
        case .unreadable(let item):
            table = .deadLetters
            values = [.text(item.record), .text(item.error.reason), .text(item.error.field)]
        case .activity, .notice, .unsupported, .identity:
            table = .events
            let record = EventRecord(event.content)
            values = head + [.text(record?.kind), .text(record?.type), .text(record?.data), happened]
        }
    }

    /// The columns that are compared. The contact and the session are not an adapter's to make.
    static func names(in table: ItemTable) -> [String] {
        switch table {
        case .messages: ["external_id", "line", "channel", "direction", "sender", "type", "text", "content", "context", "sent_at"]
        case .statuses: ["external_id", "line", "status", "occurred_at", "recipient", "errors", "detail"]
        case .events: ["external_id", "line", "kind", "type", "data", "occurred_at"]
        case .deadLetters: ["record", "reason", "detail"]
        }
    }

    /// The column by which its table tells it from all others.
    static func keyName(in table: ItemTable) -> String { table == .deadLetters ? "fingerprint" : "item_key" }

    /// What it has in that column.
    func key(in delivery: Delivery, _ id: DeliveryID) -> [UInt8] {
        let item = DeliveredItem(event: event, delivery: delivery, deliveryID: id, owner: owner)
        return switch event.content {
        case .message: item.key()
        case .status(let status): item.key(of: status)
        case .unreadable(let unreadable): Array(DeadLetterTable.fingerprint(of: unreadable, in: delivery, ownedBy: owner).utf8)
        case .activity, .notice, .unsupported, .identity: item.key(EventRecord(event.content)?.type ?? "")
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

extension MadeItem.Value {
    /// Whether a row has this value; no text is made for it.
    func equals(_ row: ColumnReader, _ column: Int32) -> Bool {
        switch self {
        case .text(var text?): text.withUTF8 { row.equals(column, UnsafeRawBufferPointer($0)) }
        case .text(nil): row.isNull(column)
        case .instant(let instant):
            withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { buffer in
                instant.write(to: buffer)
                return row.equals(column, UnsafeRawBufferPointer(buffer))
            }
        }
    }
}
