import JSON
import Messaging
import PhoneNumbers
import SQLiteStore

/// Reads the rows of all tables after a position, in the order of their commits.
struct OutboxQuery {
    let position: Int64
    let limit: Int
    /// Reading stops after this many bytes.
    let byteLimit: Int
    /// The portfolios of accounts: an id of a portfolio is sent with all scopes under which it may be stored.
    let portfolios: Portfolios

    /// The next rows, all from one snapshot of the file.
    func page(_ db: Database) throws -> OutboxPage {
        let last = try OutboxBacklog.lastSequence(db)
        var start = position
        while start < last {
            let page = try page(db, after: start, to: min(start + Int64(limit), last))
            // Numbers without a row, and rows that are not sent, may fill a whole page.
            guard page.items.isEmpty else { return page }
            start = page.end
        }
        return OutboxPage(items: [], end: start)
    }

    /// The rows between two numbers: at most as many as there are numbers, since each row has its own.
    private func page(_ db: Database, after start: Int64, to bound: Int64) throws -> OutboxPage {
        let range = start...bound
        let moves = try SessionMoves(db, after: start, to: bound)
        let lists = try [
            read(db, range, Self.messages) { Self.message($0, moves) }, read(db, range, Self.events) { Self.event($0, moves) },
            read(db, range, Self.statuses, Self.status), read(db, range, Self.deadLetters, Self.deadLetter),
            read(db, range, Self.changes) { try change($0, moves, db) },
        ]
        // If a list was cut off, its further rows may come before those of another list.
        let end = lists.compactMap { $0.isCutOff ? $0.items.last?.sequence : nil }.min() ?? bound
        let items = lists.flatMap(\.items).filter { $0.sequence <= end }.sorted { $0.sequence < $1.sequence }
        return OutboxPage(items: items, end: end)
    }

    private func read(
        _ db: Database, _ range: ClosedRange<Int64>, _ sql: String, _ make: (ColumnReader) throws -> OutboxItem
    ) throws -> (items: [OutboxItem], isCutOff: Bool) {
        var items: [OutboxItem] = []
        var bytes = 0
        try db.statement(sql).forEach({ values in
            values.integer(range.lowerBound)
            values.integer(range.upperBound)
        }) { row in
            items.append(try make(row))
            bytes += items.last?.size ?? 0
            return bytes < byteLimit
        }
        return (items, bytes >= byteLimit)
    }

    private static func sessionColumns(from index: Int) -> RecordColumns {
        RecordColumns(Tables.sessions.description.carried, from: index)
    }

    private static func session(_ columns: RecordColumns, _ row: ColumnReader, _ moves: SessionMoves) -> OutboxSession? {
        guard let id = columns.value("session_id", row) else { return nil }
        let times = moves.times(of: id) { columns.value($0, row) }
        return OutboxSession(id: id, record: columns.record(row, replacing: times) { $0.phones(columns.value("phone", row)) })
    }
}

// Items with the session that they belong to: the item's columns, then the session's.
extension OutboxQuery {
    static let messageColumns = RecordColumns(Tables.messages.description.carried, from: 1)
    private static let messageSession = sessionColumns(from: messageColumns.end)
    private static let messages = """
        SELECT m.seq, \(messageColumns.list(of: "m")), \(messageSession.list(of: "s"))
        FROM messages m LEFT JOIN sessions s ON s.session_id = m.session_id WHERE m.seq > ? AND m.seq <= ? ORDER BY m.seq
        """

    private static func message(_ row: ColumnReader, _ sessionMoves: SessionMoves) -> OutboxItem {
        let moves = messageColumns.value("direction", row) == Message.Direction.inbound.rawValue
        return item(.message, messageColumns, row, session: session(messageSession, row, sessionMoves), moves: moves)
    }

    static let eventColumns = RecordColumns(Tables.events.description.carried, from: 1)
    private static let eventSession = sessionColumns(from: eventColumns.end)
    private static let events = """
        SELECT e.seq, \(eventColumns.list(of: "e")), \(eventSession.list(of: "s"))
        FROM events e LEFT JOIN sessions s ON s.session_id = e.session_id WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq
        """

    private static func event(_ row: ColumnReader, _ sessionMoves: SessionMoves) -> OutboxItem {
        item(
            .event, eventColumns, row, session: session(eventSession, row, sessionMoves),
            moves: eventColumns.value("kind", row) == "activity")
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

// Items without a session.
extension OutboxQuery {
    static let statusColumns = RecordColumns(Tables.statuses.description.carried, from: 1)
    private static let statuses = """
        SELECT t.seq, \(statusColumns.list(of: "t")) FROM message_statuses t WHERE t.seq > ? AND t.seq <= ? ORDER BY t.seq
        """

    private static func status(_ row: ColumnReader) -> OutboxItem {
        OutboxItem(
            sequence: row.integer(0), kind: .status, record: statusColumns.record(row), session: nil,
            owner: statusColumns.value("external_id", row) ?? "",
            deliveryID: statusColumns.value("delivery_id", row).flatMap { DeliveryID($0) })
    }

    static let deadLetterColumns = RecordColumns(Tables.deadLetters.description.carried, from: 1)
    // Rows that the database refused are not sent again with another table.
    private static let deadLetters = """
        SELECT d.seq, \(deadLetterColumns.list(of: "d")) FROM dead_letters d
        WHERE d.seq > ? AND d.seq <= ? AND d.stage = 'normalize' ORDER BY d.seq
        """

    private static func deadLetter(_ row: ColumnReader) -> OutboxItem {
        OutboxItem(
            sequence: row.integer(0), kind: .deadLetter, record: deadLetterColumns.record(row), session: nil,
            owner: deadLetterColumns.value("dead_letter_id", row) ?? "",
            deliveryID: deadLetterColumns.value("delivery_id", row).flatMap { DeliveryID($0) })
    }
}

// A changed contact, its identities, and the changed session.
extension OutboxQuery {
    private static let contactColumns = RecordColumns(Tables.contacts.description.carried, from: 1)
    private static let changedSession = sessionColumns(from: contactColumns.end)
    // A new person is a change of the contact, directly followed by a change of their session: the second contains everything of the first.
    private static let changes = """
        SELECT h.seq, \(contactColumns.list(of: "c")), \(changedSession.list(of: "s"))
        FROM changes h JOIN contacts c ON c.contact_id = h.contact_id LEFT JOIN sessions s ON s.session_id = h.session_id
        WHERE h.seq > ? AND h.seq <= ? AND NOT EXISTS (
          SELECT 1 FROM changes n WHERE n.seq = h.seq + 1 AND n.contact_id = h.contact_id AND (h.session_id IS NULL OR n.session_id = h.session_id))
        ORDER BY h.seq
        """

    private func change(_ row: ColumnReader, _ moves: SessionMoves, _ db: Database) throws -> OutboxItem {
        let columns = Self.contactColumns
        let contact = columns.value("contact_id", row) ?? ""
        return OutboxItem(
            sequence: row.integer(0), kind: .change,
            record: columns.record(row) { $0.phones(columns.value("phone", row)) }, session: Self.session(Self.changedSession, row, moves),
            identities: try identities(of: contact, db), owner: contact, deliveryID: nil)
    }

    private static let identityColumns = RecordColumns(Tables.identities.description.carried)

    private static let identitySearch = "SELECT \(identityColumns.list(of: "i")) FROM identities i WHERE i.contact_id = ?"

    private func identities(of contact: String, _ db: Database) throws -> [[UInt8]] {
        try db.statement(Self.identitySearch).all({ $0.text(contact) }) { row in
            let others = Self.identityColumns.value("scope", row).map { portfolios[$0] } ?? []
            return Self.identityColumns.record(row) { if !others.isEmpty { $0.scopes(others) } }
        }
    }
}

extension JSONWriter {
    /// The other scopes of an id's portfolio.
    fileprivate mutating func scopes(_ others: [String]) {
        key("scopes")
        array { list in for scope in others { list.string(scope) } }
    }
}
