import JSON
import Messaging
import PhoneNumbers
import SQLiteStore

/// Reads the rows after a position, of all tables in the one order of their commits.
struct OutboxQuery {
    let position: Int64
    let limit: Int
    /// Reading stops once so many bytes were read.
    let byteLimit: Int

    /// The next rows; all from one moment of the file.
    func page(_ db: Database) throws -> OutboxPage {
        let lists = try [
            read(db, Self.messages, Self.message), read(db, Self.events, Self.event), read(db, Self.statuses, Self.status),
            read(db, Self.deadLetters, Self.deadLetter), read(db, Self.changes) { try Self.change($0, db) },
        ]
        // A list that was cut off may have rows before those of another.
        let end = lists.compactMap { $0.isCutOff ? $0.items.last?.sequence : nil }.min()
        let items = lists.flatMap(\.items).filter { $0.sequence <= end ?? .max }.sorted { $0.sequence < $1.sequence }
        guard items.count <= limit else { return OutboxPage(items: Array(items.prefix(limit)), end: items[limit - 1].sequence) }
        // Behind the last item there may be rows that are not carried.
        return OutboxPage(items: items, end: try end ?? OutboxBacklog.lastSequence(db))
    }

    private func read(
        _ db: Database, _ sql: String, _ make: (ColumnReader) throws -> OutboxItem
    ) throws -> (items: [OutboxItem], isCutOff: Bool) {
        var items: [OutboxItem] = []
        var bytes = 0
        try db.statement(sql).forEach({ values in
            values.integer(position)
            values.integer(Int64(limit))
        }) { row in
            items.append(try make(row))
            bytes += items.last?.size ?? 0
            return bytes < byteLimit
        }
        return (items, items.count == limit || bytes >= byteLimit)
    }

    private static func sessionColumns(from index: Int) -> RecordColumns {
        RecordColumns(Tables.sessions.description.carried, from: index)
    }

    private static func session(_ columns: RecordColumns, _ row: ColumnReader) -> OutboxSession? {
        guard let id = columns.value("session_id", row) else { return nil }
        return OutboxSession(id: id, record: columns.record(row) { $0.phones(columns.value("phone", row)) })
    }
}

// The items, with the session that they name: the columns of the item, then those of the session.
extension OutboxQuery {
    static let messageColumns = RecordColumns(Tables.messages.description.carried, from: 1)
    private static let messageSession = sessionColumns(from: messageColumns.end)
    private static let messages = """
        SELECT m.seq, \(messageColumns.list(of: "m")), \(messageSession.list(of: "s"))
        FROM messages m LEFT JOIN sessions s ON s.session_id = m.session_id WHERE m.seq > ? ORDER BY m.seq LIMIT ?
        """

    private static func message(_ row: ColumnReader) -> OutboxItem {
        let moves = messageColumns.value("direction", row) == Message.Direction.inbound.rawValue
        return item(.message, messageColumns, row, session: session(messageSession, row), moves: moves)
    }

    static let eventColumns = RecordColumns(Tables.events.description.carried, from: 1)
    private static let eventSession = sessionColumns(from: eventColumns.end)
    private static let events = """
        SELECT e.seq, \(eventColumns.list(of: "e")), \(eventSession.list(of: "s"))
        FROM events e LEFT JOIN sessions s ON s.session_id = e.session_id WHERE e.seq > ? ORDER BY e.seq LIMIT ?
        """

    private static func event(_ row: ColumnReader) -> OutboxItem {
        item(.event, eventColumns, row, session: session(eventSession, row), moves: eventColumns.value("kind", row) == "activity")
    }

    private static func item(
        _ kind: OutboxItem.Kind, _ columns: RecordColumns, _ row: ColumnReader, session: OutboxSession?, moves: Bool
    ) -> OutboxItem {
        OutboxItem(
            sequence: row.integer(0), kind: kind, record: columns.record(row) { if moves { $0.member("moves", true) } }, session: session,
            owner: columns.value("contact_id", row) ?? columns.value("external_id", row) ?? "",
            deliveryID: columns.value("delivery_id", row).flatMap { DeliveryID($0) })
    }
}

// What belongs to no session.
extension OutboxQuery {
    static let statusColumns = RecordColumns(Tables.statuses.description.carried, from: 1)
    private static let statuses = """
        SELECT t.seq, \(statusColumns.list(of: "t")) FROM message_statuses t WHERE t.seq > ? ORDER BY t.seq LIMIT ?
        """

    private static func status(_ row: ColumnReader) -> OutboxItem {
        OutboxItem(
            sequence: row.integer(0), kind: .status, record: statusColumns.record(row), session: nil,
            owner: statusColumns.value("external_id", row) ?? "",
            deliveryID: statusColumns.value("delivery_id", row).flatMap { DeliveryID($0) })
    }

    static let deadLetterColumns = RecordColumns(Tables.deadLetters.description.carried, from: 1)
    // What the database refused is not offered to it a second time in another table.
    private static let deadLetters = """
        SELECT d.seq, \(deadLetterColumns.list(of: "d")) FROM dead_letters d
        WHERE d.seq > ? AND d.stage = 'normalize' ORDER BY d.seq LIMIT ?
        """

    private static func deadLetter(_ row: ColumnReader) -> OutboxItem {
        OutboxItem(
            sequence: row.integer(0), kind: .deadLetter, record: deadLetterColumns.record(row), session: nil,
            owner: deadLetterColumns.value("dead_letter_id", row) ?? "",
            deliveryID: deadLetterColumns.value("delivery_id", row).flatMap { DeliveryID($0) })
    }
}

// A contact that changed, its identities, and the session that changed.
extension OutboxQuery {
    private static let contactColumns = RecordColumns(Tables.contacts.description.carried, from: 1)
    private static let changedSession = sessionColumns(from: contactColumns.end)
    private static let changes = """
        SELECT h.seq, \(contactColumns.list(of: "c")), \(changedSession.list(of: "s"))
        FROM changes h JOIN contacts c ON c.contact_id = h.contact_id LEFT JOIN sessions s ON s.session_id = h.session_id
        WHERE h.seq > ? ORDER BY h.seq LIMIT ?
        """

    private static func change(_ row: ColumnReader, _ db: Database) throws -> OutboxItem {
        let contact = contactColumns.value("contact_id", row) ?? ""
        return OutboxItem(
            sequence: row.integer(0), kind: .change,
            record: contactColumns.record(row) { $0.phones(contactColumns.value("phone", row)) },
            session: session(changedSession, row), identities: try identities(of: contact, db), owner: contact, deliveryID: nil)
    }

    private static let identityColumns = RecordColumns(Tables.identities.description.carried)

    private static let identitySearch = "SELECT \(identityColumns.list(of: "i")) FROM identities i WHERE i.contact_id = ?"

    private static func identities(of contact: String, _ db: Database) throws -> [[UInt8]] {
        try db.statement(identitySearch).all({ $0.text(contact) }) { identityColumns.record($0) }
    }
}
