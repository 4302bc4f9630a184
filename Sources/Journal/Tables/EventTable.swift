import Messaging
import SQLiteStore

/// The table `events`, as the writer uses it.
struct EventTable {
    private let insertStatement: PreparedRowStatement<EventRow>
    private let sequence: LogSequence
    private let keys: StoredKeys

    init(_ db: Database, _ sequence: LogSequence, _ keys: StoredKeys) throws {
        self.sequence = sequence
        self.keys = keys
        insertStatement = try PreparedRowStatement(db, Tables.events.insert())
    }

    /// Stores an event; false if it is stored already.
    func insert(_ record: EventRecord, _ item: DeliveredItem, as id: Identifier<Event>, at placement: Placement) throws -> Bool {
        guard try keys.number(of: item.rowKey, in: .events) == nil else { return false }
        try insertStatement.run(EventRow(sequence: sequence.next, id: id, record: record, item: item, placement: placement))
        keys.add(item.rowKey, sequence.next)
        sequence.use()
        return true
    }
}

/// A row of `events`.
struct EventRow {
    var sequence: Int64 = 0
    var id: Identifier<Event>?
    let record: EventRecord
    let item: DeliveredItem
    var placement = Placement()
}

extension Tables {
    static let events = Table<EventRow>(
        "events",
        [
            .sequence { $0.sequence }, .id("event_id") { $0.id }, .made("kind", .shown) { $0.record.kind },
            .made("type", .word) { $0.record.type }, .id("session_id") { $0.placement.session },
            .id("contact_id") { $0.placement.contact },
            .text("provider") { $0.item.delivery.adapter.rawValue }, .text("account") { $0.item.delivery.account.rawValue },
            .made("line", .name) { $0.item.event.line?.rawValue }, .made("external_id", .name) { $0.item.externalID },
            .madeJSON("data") { $0.item.tellingID($0.record.data) }, .time("occurred_at", isMade: true) { $0.item.occurredAt },
            .time("received_at") { $0.item.delivery.receivedAt }, .id("delivery_id") { $0.item.deliveryID },
            Column("item_key", .digest, .shown, in: .journal) { $1.blob($0.item.rowKey) },
        ])
}

/// The parts of an event's content that the table `events` has.
struct EventRecord {
    let kind: String
    /// The type in the form in which it is indexed.
    let type: String
    let data: String

    private init(kind: String, type: String, data: String) {
        self.kind = kind
        self.type = IndexedText.form(of: type)
        self.data = data
    }

    /// Nil if the content belongs in another table.
    init?(_ content: Event.Content) {
        switch content {
        case .activity(let type, let data): self.init(kind: "activity", type: type, data: data)
        case .notice(let type, let data): self.init(kind: "notice", type: type, data: data)
        case .unsupported(let type, let data): self.init(kind: "unsupported", type: type, data: data)
        case .identity(let change): self.init(kind: "identity", type: change.type, data: change.data)
        case .message, .status, .unreadable: return nil
        }
    }
}
