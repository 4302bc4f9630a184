import Messaging
import SQLiteStore

/// A stored row, with what is needed to compare an item of the same key with it.
struct KnownItem {
    let sequence: Int64
    /// The delivery that brought the row.
    let deliveryID: DeliveryID?
    let placement: Placement
    /// Whether the row is a message that stands for one whose content arrives later.
    let isPlaceholder: Bool
    /// Whether the row has the same content as the item.
    let saysTheSame: Bool
}

/// Finds the stored rows of items by key and compares them. Used only if a key is stored, or may be.
struct KnownItems {
    private let db: Database
    private let keys: StoredKeys
    private let adapters: [AdapterKind: AdapterTraits]
    /// One statement per table, in the order of `ItemTable`.
    private let statements: [PreparedStatement]

    /// The index of the first compared column. Before it come the number, the delivery, and a message's session, contact, type and content.
    private static let firstColumn: Int32 = 6

    init(_ db: Database, _ keys: StoredKeys, _ adapters: [AdapterKind: AdapterTraits]) throws {
        self.db = db
        self.keys = keys
        self.adapters = adapters
        statements = try ItemTable.keyed.map { table in
            let columns = table == .messages ? "session_id, contact_id, type, content" : "NULL, NULL, NULL, NULL"
            let made = table.description.made.map(\.name).joined(separator: ", ")
            return try PreparedStatement(
                db, "SELECT seq, delivery_id, \(columns), \(made) FROM \(table.rawValue) WHERE seq = ?")
        }
    }

    /// The row that has the item's key; nil if there is none. A dead letter cannot differ from a stored one, so its row is never read.
    func find(_ item: DeliveredItem) throws -> KnownItem? {
        try read(item) { row in
            let placeholders = adapters[item.delivery.adapter]?.placeholders
            let isPlaceholder = row.string(4).map { placeholders?.mark(type: $0, content: row.string(5) ?? "") ?? false }
            return KnownItem(
                sequence: row.integer(0), deliveryID: row.id(1), placement: Placement(contact: row.id(3), session: row.id(2)),
                isPlaceholder: isPlaceholder ?? false,
                saysTheSame: MadeItem(item).saysTheSame(as: row, from: Self.firstColumn, passing: passing(item)))
        }
    }

    /// The digest of the content of the row that has the item's key; nil if there is none.
    func fingerprint(ofRowOf item: DeliveredItem) throws -> [UInt8]? {
        try read(item) { MadeItem(item).fingerprint(of: $0, from: Self.firstColumn, passing: passing(item)) }
    }

    /// The digests by which `differences` recognizes an item that differs from the stored row: today's, and that of earlier versions.
    func fingerprints(of item: DeliveredItem) -> (now: [UInt8], former: [UInt8]) {
        let made = MadeItem(item)
        return (made.fingerprint(passing: passing(item)), made.formerFingerprint)
    }

    /// The members of a message's context that the comparison ignores.
    private func passing(_ item: DeliveredItem) -> Set<String> { adapters[item.delivery.adapter]?.passingContext ?? [] }

    /// Reads one row, and steps on to the end: a column reads as null if memory was short for it, and only the next step reports that
    /// error.
    private func read<Value>(_ item: DeliveredItem, _ body: (ColumnReader) -> Value) throws -> Value? {
        guard item.table != .deadLetters, let number = try keys.number(of: item.rowKey, in: item.table) else { return nil }
        var value: Value?
        try statements[item.table.index].forEach({ $0.integer(number) }) { row in
            value = body(row)
            return true
        }
        return value
    }

    /// Whether a message stands for one whose content arrives later.
    func isPlaceholder(_ message: Message, of adapter: AdapterKind) -> Bool {
        adapters[adapter]?.placeholders.mark(type: message.type.rawValue, content: message.content) ?? false
    }

    /// Whether a kept delivery has the same bytes as this one.
    func isKept(_ delivery: Delivery, as id: DeliveryID) throws -> Bool {
        try CaptureQuery.capture(db, id)?.delivery.body == delivery.body
    }
}
