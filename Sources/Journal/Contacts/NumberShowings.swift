import Messaging
import PhoneNumbers
import SQLiteStore

/// Finds when a person last showed the number that they have. No index is kept for this: the stored items are searched, and only if a
/// change of number is reported that happened before the person's last activity.
struct NumberShowings {
    /// The most messages, and the most events, that are searched, beginning with the latest.
    static let mostItems = 10_000

    private let sessions: SessionTable
    private let sessionsStatement: PreparedStatement
    private let identitiesStatement: PreparedStatement
    private let db: Database

    init(_ db: Database, _ sessions: SessionTable) throws {
        self.db = db
        self.sessions = sessions
        sessionsStatement = try PreparedStatement(
            db,
            """
            SELECT \(Tables.sessions.list(of: "s")) FROM sessions s CROSS JOIN contacts c ON c.contact_id = s.contact_id
            WHERE s.phone = ? AND ? IN (c.contact_id, c.merged_into)
            """)
        identitiesStatement = try PreparedStatement(
            db, "SELECT scope, value FROM identities WHERE contact_id = ? AND kind = '\(Identity.phoneKind)'")
    }

    private static let messageColumns = columns("messages", time: "sent_at", number: "CASE WHEN direction = 'inbound' THEN sender END")
    // Only calls and clients' events are read, since other activities do not contain the number. SQLite may refuse JSON that is nested too
    // deeply.
    private static let eventColumns = columns(
        "events", time: "occurred_at",
        number: "CASE WHEN kind = 'activity' AND json_valid(data) THEN coalesce(data ->> '$.from', data ->> '$.phone') END")

    /// The columns that are read of an item; the first says whether the item is the person's.
    private static func columns(_ table: String, time: String, number: String) -> String {
        """
        EXISTS (SELECT 1 FROM contacts c WHERE c.contact_id = \(table).contact_id AND ? IN (c.contact_id, c.merged_into)),
        contact_id, \(number), external_id, \(time), received_at
        """
    }

    /// When a person last showed the number that they have, if that was after a moment: by a message or event from it, or by a start with
    /// it.
    ///
    /// A start is stored only in its session's times: a time that no item explains is a start. Events with a session's token explain no
    /// time, since the token was given out by a start.
    func latest(of contact: Contact, after moment: Instant) throws -> Instant? {
        guard let phone = contact.phone else { return nil }
        let times = try times(ofSessions: phone, of: contact.id, after: moment)
        guard !times.isEmpty else { return nil }
        let spellings = try spellings(of: phone, by: contact.id)
        let items =
            try items(.messages, Self.messageColumns, of: contact.id, after: moment)
            + items(.events, Self.eventColumns, of: contact.id, after: moment)
        let shown = items.filter { $0.number.map(spellings.contains) ?? false }.map(\.time)
        let started = times.filter { time in !items.contains { $0.explains(time) } }
        return (shown + started).filter { $0 > moment }.max()
    }

    private func times(ofSessions phone: String, of contact: ContactID, after moment: Instant) throws -> [Instant] {
        try sessionsStatement.all({ row in
            row.text(phone)
            row.id(contact)
        }) { sessions.completed(Session(columns: $0)) }.compactMap { $0 }.filter { $0.lastActivity > moment }
            .flatMap { [$0.createdAt, $0.lastActivity] }
    }

    /// The spellings in which a row may have a person's number: its forms with and without the plus, and as it was received.
    private func spellings(of phone: String, by contact: ContactID) throws -> Set<String> {
        let forms = PhoneNumber(stored: phone).variants.map(\.e164)
        let received = try identitiesStatement.all({ $0.id(contact) }) { row in
            ReceivedPhone(row.string(1) ?? "", region: row.string(0).flatMap { $0.isEmpty ? nil : $0 })
        }
        let same = received.filter { PhoneNumber($0).map { forms.contains($0.e164) } ?? false }.map(\.text)
        return Set(forms + forms.map { String($0.dropFirst()) } + same)
    }

    /// Ids are made when an item is received, and sort in that order.
    private func items(
        _ table: IdentifiedTable, _ columns: String, of contact: ContactID, after moment: Instant
    ) throws -> [ShownItem] {
        let first = ContactID(milliseconds: max(0, moment.milliseconds), sequence: 0, random: 0)
        var items: [ShownItem] = []
        var count = 0
        try IDSearch(db).forEach(from: first.description, in: table, columns, { $0.id(contact) }) { row in
            if row.integer(0) == 1, let item = ShownItem(columns: row) { items.append(item) }
            count += 1
            return count < Self.mostItems
        }
        return items
    }
}

/// An item of a person, with the number that it contains.
private struct ShownItem {
    /// The number as written in the row; nil if the item does not contain it.
    let number: String?
    let time: Instant
    let receivedAt: Instant
    let isByToken: Bool

    /// Nil if a value violates the schema.
    init?(columns row: ColumnReader) {
        guard let occurredAt = row.instant(4), let receivedAt = row.instant(5) else { return nil }
        number = row.string(2)
        time = DeliveredItem.activityTime(of: occurredAt, receivedAt: receivedAt)
        self.receivedAt = receivedAt
        isByToken = (row.string(3) ?? "").hasPrefix("#\(row.string(1) ?? "")#")
    }

    /// Whether this item accounts for one of a session's times: the session was opened when the item was received, or the item moved it.
    func explains(_ moment: Instant) -> Bool { !isByToken && (moment == time || moment == receivedAt) }
}
