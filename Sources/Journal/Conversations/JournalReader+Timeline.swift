import Messaging
import SQLiteStore

extension JournalReader {
    /// What is stored about a person, in the order of storing, the latest first, before a position; nil if there is no such contact.
    /// A page may be short although more follows, if many rows say nothing that a timeline shows.
    public func timeline(
        of id: ContactID, before position: Int64 = .max, limit: Int
    ) async throws(JournalError) -> Page<TimelineItem>? {
        let now = now()
        return try await read { db in
            guard let rows = try ContactRows(db, id) else { return nil }
            return try Timeline(db, rows, now: now).page(before: position, limit: limit)
        }
    }
}

/// Reads the entries of a person's timeline.
private struct Timeline {
    let db: Database
    let rows: ContactRows
    let now: Instant
    private let tail: TailRows

    private static let mostRows = 2000

    init(_ db: Database, _ rows: ContactRows, now: Instant) throws {
        self.db = db
        tail = try TailRows(db)
        self.rows = rows
        self.now = now
    }

    func page(before position: Int64, limit: Int) throws -> Page<TimelineItem> {
        var page = Page<TimelineItem>(items: [], next: nil)
        var (end, count) = (position, 0)
        while count < Self.mostRows {
            let numbers = try rows.numbers(db, tail, before: end, limit: limit)
            for number in numbers {
                end = number
                count += 1
                page.items += try items(number)
                if page.items.count >= limit { break }
            }
            guard page.items.count < limit, numbers.count == limit else { break }
        }
        if try !rows.numbers(db, tail, before: end, limit: 1).isEmpty { page.next = "\(end)" }
        return page
    }

    /// A row's entries: one, none, or both ends of a session that began and ended in one change.
    private func items(_ number: Int64) throws -> [TimelineItem] {
        if let message = try message(number) { return [message] }
        if let event = try event(number) { return [event] }
        return try sessionEnds(number)
    }

    private func message(_ number: Int64) throws -> TimelineItem? {
        let sql = """
            SELECT contact_id, message_id, provider, account, external_id, channel, direction, type, text, content, context, sent_at,
              session_id, delivery_id
            FROM messages WHERE seq = ?
            """
        let found = try db.statement(sql).first({ $0.integer(number) }) { row -> (TimelineItem, String, String, String)? in
            guard isOfPerson(row.id(0)) else { return nil }
            let (provider, account) = (row.string(2) ?? "", row.string(3) ?? "")
            let item = TimelineItem(
                position: number, kind: .message, at: row.instant(11) ?? now, channel: row.string(5).map { Channel($0) },
                account: "\(provider)/\(account)", type: row.string(7) ?? "", direction: row.string(6), text: row.string(8),
                content: row.string(9), context: row.string(10), statuses: [], sessionID: row.id(12), deliveryID: row.id(13),
                id: row.string(1) ?? "")
            return (item, row.string(4) ?? "", account, provider)
        }
        guard let found, let (message, external, account, provider) = found else { return nil }
        var item = message
        item.externalID = external
        item.statuses = try statuses(of: external, account, provider)
        return item
    }

    /// The most statuses of a message that are shown: a message to a group may have thousands.
    private static let mostStatuses = 50

    private func statuses(of external: String, _ account: String, _ provider: String) throws -> [TimelineItem.MessageState] {
        let isSame = "external_id = ? AND account = ? AND provider = ?"
        let sql = """
            SELECT status, occurred_at, errors FROM message_statuses
            WHERE seq IN (SELECT seq FROM row_lists WHERE key = ? AND seq <= ? ORDER BY seq LIMIT \(Self.mostStatuses)) AND \(isSame)
            UNION ALL
            SELECT status, occurred_at, errors FROM message_statuses WHERE seq > ? AND \(isSame) LIMIT \(Self.mostStatuses)
            """
        return try db.statement(sql).all({ values in
            values.integer(RowKey(statusesOf: external, account, provider).value)
            // Lists may already have rows of the tail.
            values.integer(tail.start)
            for value in [external, account, provider] { values.text(value) }
            values.integer(tail.start)
            for value in [external, account, provider] { values.text(value) }
        }) { row in
            TimelineItem.MessageState(status: row.string(0) ?? "", at: row.instant(1) ?? now, errors: row.string(2))
        }.sorted { $0.at < $1.at }
    }

    private func event(_ number: Int64) throws -> TimelineItem? {
        let sql = """
            SELECT e.contact_id, e.event_id, e.provider, e.account, s.channel, e.kind, e.type, e.data, e.occurred_at, e.session_id,
              e.delivery_id
            FROM events e LEFT JOIN sessions s ON s.session_id = e.session_id WHERE e.seq = ?
            """
        return try db.statement(sql).first({ $0.integer(number) }) { row -> TimelineItem? in
            guard isOfPerson(row.id(0)) else { return nil }
            return TimelineItem(
                position: number, kind: row.string(5).flatMap { TimelineItem.Kind(rawValue: $0) } ?? .notice, at: row.instant(8) ?? now,
                channel: row.string(4).map { Channel($0) }, account: "\(row.string(2) ?? "")/\(row.string(3) ?? "")",
                type: row.string(6) ?? "", direction: nil, text: nil, content: row.string(7), context: nil, statuses: [],
                sessionID: row.id(9), deliveryID: row.id(10), id: row.string(1) ?? "")
        } ?? nil
    }

    /// The first change of a session is its beginning; the last change of one that is over is its end.
    private func sessionEnds(_ number: Int64) throws -> [TimelineItem] {
        let sql = "SELECT contact_id, session_id, changed_at FROM changes WHERE seq = ?"
        let change = try db.statement(sql).first({ $0.integer(number) }) { row in
            (contact: row.id(0) as ContactID?, session: row.id(1) as SessionID?, at: row.instant(2))
        }
        guard let change, isOfPerson(change.contact), let id = change.session else { return [] }
        guard let session = try Session.fetch(db, from: "sessions", "WHERE session_id = ?", { $0.id(id) }).first else { return [] }
        let (first, last) = try changes(of: id)
        var items: [TimelineItem] = []
        if number == last, session.status != .active {
            items.append(item(session, .sessionEnded, number, at: session.status == .expired ? session.expiresAt : change.at ?? now))
        }
        if number == first { items.append(item(session, .sessionStarted, number, at: session.createdAt)) }
        return items
    }

    private func item(_ session: Session, _ kind: TimelineItem.Kind, _ number: Int64, at moment: Instant) -> TimelineItem {
        TimelineItem(
            position: number, kind: kind, at: moment, channel: session.channel, account: nil,
            type: kind == .sessionEnded ? session.status.rawValue : Session.Status.active.rawValue, direction: nil, text: nil, content: nil,
            context: nil, statuses: [], sessionID: session.id, deliveryID: nil, id: session.id.description)
    }

    /// The numbers of a session's first and last change.
    private func changes(of session: SessionID) throws -> (first: Int64, last: Int64) {
        let sql = """
            SELECT min(seq), max(seq) FROM (
              SELECT c.seq FROM row_lists l JOIN changes c ON c.seq = l.seq WHERE l.key = ?1 AND c.session_id = ?2
              UNION ALL SELECT seq FROM changes WHERE seq > ?3 AND session_id = ?2)
            """
        return try db.statement(sql).first({ values in
            values.integer(RowKey(of: session).value)
            values.id(session)
            values.integer(tail.start)
        }) { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
    }

    private func isOfPerson(_ id: ContactID?) -> Bool { id.map(rows.ids.contains) ?? false }
}
