import GRDB
import Messaging

/// The table `events`, as the writer uses it.
struct EventTable {
    private let insertion: PreparedStatement
    private let search: PreparedStatement
    private let relocation: PreparedStatement
    private let sequence: LogSequence

    init(_ db: Database, _ sequence: LogSequence) throws {
        self.sequence = sequence
        insertion = try PreparedStatement(
            db,
            """
            INSERT INTO events (seq, event_id, kind, type, session_id, contact_id, provider, account, line, external_id, data,
              occurred_at, received_at, delivery_id, item_key)
            VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (item_key) DO NOTHING
            """)
        relocation = try PreparedStatement(db, "UPDATE events SET session_id = ? WHERE event_id = ?")
        search = try PreparedStatement(db, "SELECT 1 FROM events WHERE item_key = ?")
    }

    func contains(_ record: EventRecord, _ item: DeliveredItem) throws -> Bool {
        try search.first({ $0.blob(item.key(record.type)) }) { _ in true } ?? false
    }

    /// Puts an item into another session; false where it is not one of this table.
    @discardableResult
    func move(_ item: MovedItem) throws -> Bool {
        try relocation.run { row in
            row.id(item.session)
            row.text(item.id)
        } == 1
    }

    /// False where the event is stored already.
    func insert(_ record: EventRecord, _ item: DeliveredItem, as id: Identifier<Event>, at place: Placement) throws -> Bool {
        let isNew =
            try insertion.run { row in
                row.integer(sequence.next)
                row.id(id)
                row.text(record.kind)
                row.text(record.type)
                row.id(place.session)
                row.id(place.contact)
                row.text(item.delivery.adapter.rawValue)
                row.text(item.delivery.account.rawValue)
                row.text(item.event.line?.rawValue)
                row.text(item.externalID)
                row.text(record.data)
                row.instant(item.occurredAt)
                row.instant(item.delivery.receivedAt)
                row.id(item.deliveryID)
                row.blob(item.key(record.type))
            } == 1
        if isNew { sequence.use() }
        return isNew
    }
}

/// What of an event's content goes into the table `events`.
struct EventRecord {
    let kind: String
    let type: String
    let data: String
}

extension EventRecord {
    /// Nil for content that ends in another table.
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
