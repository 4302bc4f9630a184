import Messaging
import SQLiteStore

/// Reads the rows that were stored from a delivery.
/// The items of a delivery are consecutive in each table, and their numbers go up to the delivery's position. So they are found by scanning
/// back from that position, without an index, which would cost something for every message.
struct StoredItemQuery {
    let id: DeliveryID
    /// The delivery's position; nil if the delivery itself no longer exists, so that all rows have to be scanned.
    let position: Int64?

    /// All rows, table by table, each in the order of the delivery.
    func items(_ db: Database) throws -> [StoredItem] {
        try ItemTable.allCases.flatMap { table in
            let columns = Self.columns(of: table)
            var items: [StoredItem] = []
            try forEach(db, table, columns.list(of: "t")) { row in
                items.append(Self.item(table, columns, row))
                return true
            }
            return table == .deadLetters || position == nil ? items : items.reversed()
        }
    }

    /// The first contact to which an item of the delivery belongs; nil if there is none.
    func contact(_ db: Database) throws -> ContactID? {
        var contact: ContactID?
        for table in [ItemTable.messages, .events] where contact == nil {
            try forEach(db, table, "t.contact_id") { row in
                contact = row.id(1)
                return contact == nil
            }
        }
        return contact
    }

    /// Calls `body` with each row until it returns false, starting with the last if the position is known. Column 0 is the delivery's id.
    private func forEach(_ db: Database, _ table: ItemTable, _ columns: String, _ body: (ColumnReader) throws -> Bool) throws {
        guard let position, table != .deadLetters else {
            let sql = "SELECT t.delivery_id, \(columns) FROM \(table.rawValue) t WHERE t.delivery_id = ? ORDER BY t.seq"
            return try db.statement(sql).forEach({ $0.id(id) }, body)
        }
        let sql = "SELECT t.delivery_id, \(columns) FROM \(table.rawValue) t WHERE t.seq <= ? ORDER BY t.seq DESC"
        let text = id.description
        try db.statement(sql).forEach({ $0.integer(position) }) { row in
            guard row.equals(0, text) else { return false }
            return try body(row)
        }
    }

    private static func item(_ table: ItemTable, _ columns: RecordColumns, _ row: ColumnReader) -> StoredItem {
        let (id, type) =
            switch table {
            case .messages, .events: ("external_id", "type")
            case .statuses: ("external_id", "status")
            case .deadLetters: ("dead_letter_id", "stage")
            }
        return StoredItem(
            table: table, externalID: columns.value(id, row) ?? "", type: columns.value(type, row) ?? "",
            sessionID: columns.value("session_id", row).flatMap { SessionID($0) },
            contactID: columns.value("contact_id", row).flatMap { ContactID($0) },
            record: String(decoding: columns.record(row), as: UTF8.self))
    }

    /// The digests are left out: they mean nothing to a person.
    private static func columns(of table: ItemTable) -> RecordColumns {
        RecordColumns(table.description.carried.filter { $0.kind != .digest }, from: 1)
    }
}

extension JournalReader {
    /// The rows that were stored from a delivery, even if the delivery itself is no longer kept: items of messages, message_statuses,
    /// events and dead_letters.
    public func items(of id: DeliveryID) async throws(JournalError) -> [StoredItem] {
        try await read { db in
            try StoredItemQuery(id: id, position: try CaptureQuery.capture(db, id)?.position).items(db)
        }
    }
}

extension Capture {
    /// Finds the person whose session's token authenticated the delivery. Others need none: their items name the person.
    mutating func findPerson(_ db: Database) throws {
        guard delivery.header(SessionToken.header) != nil else { return }
        person = try StoredItemQuery(id: id, position: position).contact(db).flatMap { try Self.phone(db, of: $0) }
    }

    /// The phone of a contact; if the contact was merged, the phone of the contact into which it was merged.
    private static func phone(_ db: Database, of contact: ContactID) throws -> String? {
        var next: ContactID? = contact
        var phone: String?
        while let id = next {
            let found = try db.statement("SELECT phone, merged_into FROM contacts WHERE contact_id = ?").first({ $0.id(id) }) { row in
                (phone: row.string(0), mergedInto: row.id(1) as ContactID?)
            }
            next = found?.mergedInto
            if let found { phone = found.phone }
        }
        return phone
    }
}
