import Messaging
import SQLiteStore

extension JournalReader {
    /// People by the latest row about them, the latest first, before a cursor. A page may be short or empty although more follows, if few
    /// people wrote very much: it looks through at most five thousand rows.
    public func conversations(before cursor: Int64 = .max, limit: Int) async throws(JournalError) -> Page<Conversation> {
        try await read { db in
            var list = ConversationList(before: cursor, limit: limit)
            try list.fill(db)
            return list.page
        }
    }

    /// People whom a text names, the most recently created contact first, before a cursor, which is a contact. The exact matches by phone
    /// and token come first. Names and customers are looked for among at most fifty thousand contacts per page.
    public func conversations(
        matching search: ConversationSearch, before cursor: ContactID? = nil, limit: Int
    ) async throws(JournalError) -> Page<Conversation> {
        try await read { db in
            var people: [ContactID] = []
            if cursor == nil { people = try ContactSearch(search).exact(db) }
            let (found, next) = try ContactSearch(search).scan(db, before: cursor, limit: max(1, limit - people.count))
            people += found
            var (seen, items): (Set<ContactID>, [Conversation]) = ([], [])
            let tail = try TailRows(db)
            for id in people {
                guard let rows = try ContactRows(db, id), seen.insert(rows.contact.id).inserted else { continue }
                items.append(try Conversation(db, rows, tail))
            }
            return Page(items: items, next: next?.description)
        }
    }

    /// What is stored about a person; for a contact that was merged, about the contact that continues. Nil if there is no such contact.
    public func contactCard(_ id: ContactID) async throws(JournalError) -> ContactCard? {
        let now = now()
        let found = try await read { db -> (card: ContactCard, session: SessionID?)? in
            guard let rows = try ContactRows(db, id) else { return nil }
            let sql = "SELECT kind, scope, value FROM identities WHERE contact_id = ? ORDER BY first_seen, kind, scope, value LIMIT 200"
            let identities = try db.statement(sql).all({ $0.id(rows.contact.id) }) { row in
                Identity(kind: row.string(0) ?? "", scope: row.string(1) ?? "", value: row.string(2) ?? "")
            }
            let session = try rows.activeSession(db)
            return (ContactCard(contact: rows.contact, identities: identities, activeSession: nil), session?.id)
        }
        guard let found else { return nil }
        var card = found.card
        if let id = found.session, let current = try await session(id), current.isLive(at: now) { card.activeSession = current }
        return card
    }
}

/// A page of people by their latest row.
private struct ConversationList {
    let start: Int64
    let limit: Int
    private(set) var page = Page<Conversation>(items: [], next: nil)

    private static let mostRows = 5_000

    init(before cursor: Int64, limit: Int) {
        start = cursor
        self.limit = limit
    }

    mutating func fill(_ db: Database) throws {
        var (seen, listed): (Set<ContactID>, Set<ContactID>) = ([], [])
        var count = 0
        let tail = try TailRows(db)
        let latest = try LatestRows(db, before: start)
        while let (position, contact) = try latest.next() {
            count += 1
            guard page.items.count < limit, count <= Self.mostRows else { return page.next = "\(position + 1)" }
            guard let contact, seen.insert(contact).inserted, let rows = try ContactRows(db, contact) else { continue }
            guard listed.insert(rows.contact.id).inserted else { continue }
            // Somebody with a later row than this page begins with is on an earlier page.
            guard try start == .max || (rows.numbers(db, tail, before: .max, limit: 1).first ?? 0) < start else { continue }
            page.items.append(try Conversation(db, rows, tail))
        }
    }
}

/// The rows that concern contacts, the latest first.
private struct LatestRows {
    private let cursors: [RowCursor]

    init(_ db: Database, before end: Int64) throws {
        cursors = try ["messages", "events", "changes"].map { table in
            let cursor = try RowCursor(db, "SELECT seq, contact_id FROM \(table) WHERE seq < ? ORDER BY seq DESC")
            try cursor.start { $0.integer(end) }
            return cursor
        }
    }

    /// The number of the next row and its contact; nil after the first row of the journal.
    func next() throws -> (Int64, ContactID?)? {
        var latest: (cursor: RowCursor, row: ColumnReader, number: Int64)?
        for cursor in cursors {
            guard let row = cursor.row else { continue }
            let number = row.integer(0)
            if number > latest?.number ?? 0 { latest = (cursor, row, number) }
        }
        guard let latest else { return nil }
        let contact: ContactID? = latest.row.id(1)
        try latest.cursor.advance()
        return (latest.number, contact)
    }
}

/// Finds contacts by what an operator typed.
private struct ContactSearch {
    let search: ConversationSearch

    init(_ search: ConversationSearch) { self.search = search }

    private static let mostContacts: Int64 = 50_000
    private static let mostExact = 20

    /// The contacts that have the phone or the session.
    func exact(_ db: Database) throws -> [ContactID] {
        var ids: [ContactID?] = []
        for phone in search.phones {
            ids += try db.statement("SELECT contact_id FROM contacts WHERE phone = ?").all({ $0.text(phone) }) { $0.id(0) }
        }
        if let beginning = search.beginningOfToken {
            let sql = "SELECT contact_id FROM sessions WHERE session_token >= ? AND session_token < ? LIMIT \(Self.mostExact)"
            ids += try db.statement(sql).all({ values in
                values.text(beginning)
                values.text(beginning + "\u{10FFFF}")
            }) { $0.id(0) }
        }
        return ids.compactMap(\.self)
    }

    /// The contacts whose name contains the text, or whose customer it is, and the last contact of the page if others follow.
    func scan(_ db: Database, before cursor: ContactID?, limit: Int) throws -> (found: [ContactID], next: ContactID?) {
        let text = search.text.lowercased()
        var (found, last, count): ([ContactID], ContactID?, Int64) = ([], nil, 0)
        let sql = """
            SELECT contact_id, display_name, customer_id FROM contacts WHERE contact_id < ?
            ORDER BY contact_id DESC LIMIT \(Self.mostContacts)
            """
        try db.statement(sql).forEach({ values in
            if let cursor { values.id(cursor) } else { values.text("~") }
        }) { row in
            count += 1
            guard let id: ContactID = row.id(0) else { return true }
            last = id
            let isNamed = row.string(1).map { $0.lowercased().contains(text) } ?? false
            if isNamed || row.string(2) == search.text { found.append(id) }
            return found.count < limit
        }
        return (found, found.count >= limit || count >= Self.mostContacts ? last : nil)
    }
}

extension Conversation {
    /// The number of a person's rows from which a conversation is described.
    private static let rowsShown = 20

    /// Describes a person's conversation by its latest rows.
    fileprivate init(_ db: Database, _ rows: ContactRows, _ tail: TailRows) throws {
        contact = rows.contact
        channels = []
        lastAt = rows.contact.id.madeAt
        var isFirst = true
        for number in try rows.numbers(db, tail, before: .max, limit: Self.rowsShown) {
            guard let row = try StoredRow(db, number), let id = row.contact, rows.ids.contains(id) else { continue }
            if isFirst { lastAt = row.at }
            isFirst = false
            if let channel = row.channel, !channels.contains(channel) { channels.append(channel) }
            if lastText == nil { lastText = row.text }
        }
        let session = try rows.activeSession(db)
        hasActiveSession = session != nil
        if let channel = session?.channel, !channels.contains(channel) { channels.append(channel) }
    }

    private struct StoredRow {
        var contact: ContactID?
        var at: Instant
        var channel: Channel?
        var text: String?

        init?(_ db: Database, _ number: Int64) throws {
            let queries = [
                "SELECT contact_id, received_at, channel, text FROM messages WHERE seq = ?",
                "SELECT contact_id, received_at, NULL, NULL FROM events WHERE seq = ?",
                "SELECT contact_id, changed_at, NULL, NULL FROM changes WHERE seq = ?",
            ]
            for sql in queries {
                let row = try db.statement(sql).first({ $0.integer(number) }) { row in
                    (row.id(0) as ContactID?, row.instant(1), row.string(2), row.string(3))
                }
                guard let row else { continue }
                contact = row.0
                at = row.1 ?? Instant(milliseconds: 0)
                channel = row.2.map { Channel($0) }
                text = row.3
                return
            }
            return nil
        }
    }
}
