import Messaging
import SQLiteStore

/// The rows of a person: of a contact and of the contacts that were merged into it.
struct ContactRows {
    /// The contact that continues.
    let contact: Contact
    /// Its id, and those of the contacts merged into it.
    let ids: [ContactID]

    /// The most contacts that a person's rows are gathered from.
    private static let mostMerged = 100

    /// The person whom a contact's id leads to; nil if there is no such contact.
    init?(_ db: Database, _ id: ContactID) throws {
        var (next, passed): (ContactID?, Set<ContactID>) = (id, [])
        var found: Contact?
        let sql = "SELECT contact_id, phone, customer_id, display_name, merged_into FROM contacts WHERE contact_id = ?"
        while let current = next, passed.insert(current).inserted {
            next = nil
            try db.statement(sql).forEach({ $0.id(current) }) { row in
                found = Contact(names: row)
                next = row.id(4)
                return false
            }
        }
        guard let found else { return nil }
        contact = found
        var ids = [found.id]
        var index = 0
        while index < ids.count, ids.count < Self.mostMerged {
            let merged = try db.statement("SELECT contact_id FROM contacts WHERE merged_into = ? LIMIT \(Self.mostMerged)").all({ values in
                values.id(ids[index])
            }) { $0.id(0) as ContactID? }
            ids += merged.compactMap(\.self).filter { !ids.contains($0) }
            index += 1
        }
        self.ids = ids
    }

    /// The numbers of the person's messages, events and changes before a number, the latest first.
    func numbers(_ db: Database, _ tail: TailRows, before end: Int64, limit: Int) throws -> [Int64] {
        var numbers = Set(ids.flatMap { tail.numbers[$0] ?? [] }.filter { $0 < end })
        for id in ids {
            let sql = "SELECT seq FROM row_lists WHERE key = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
            numbers.formUnion(
                try db.statement(sql).all({ values in
                    values.integer(RowKey(of: id).value)
                    values.integer(end)
                    values.integer(Int64(limit))
                }) { $0.integer(0) })
        }
        return Array(numbers.sorted(by: >).prefix(limit))
    }

    /// The person's active session as it is written: its times may be outdated. Nil if there is none.
    func activeSession(_ db: Database) throws -> Session? {
        let condition = "WHERE contact_id = ? AND status = 'active'"
        return try Session.fetch(db, from: "sessions", condition) { $0.id(contact.id) }.first
    }
}

/// The latest rows, which are not in their lists yet: read once per query, since most people have none of them.
struct TailRows {
    /// The number after which they begin.
    let start: Int64
    /// The numbers of each contact's messages, events and changes.
    private(set) var numbers: [ContactID: [Int64]] = [:]

    /// The most of these rows that a query reads. Lists are complete again within a sweep, or a few if there are millions of rows.
    private static let most: Int64 = 50_000

    init(_ db: Database) throws {
        start = max(try ListTable.end(db), try OutboxBacklog.lastSequence(db) - Self.most)
        for table in ["messages", "events", "changes"] {
            try db.statement("SELECT seq, contact_id FROM \(table) WHERE seq > ?").forEach({ $0.integer(start) }) { row in
                if let contact: ContactID = row.id(1) { numbers[contact, default: []].append(row.integer(0)) }
                return true
            }
        }
    }
}

extension Contact {
    /// Reads the columns contact_id, phone, customer_id and display_name.
    init?(names row: ColumnReader) {
        guard let id: ContactID = row.id(0) else { return nil }
        self.init(id: id, phone: row.string(1), customerID: row.string(2), displayName: row.string(3))
    }
}
