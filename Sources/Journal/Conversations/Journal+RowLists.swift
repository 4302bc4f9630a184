import Messaging
import SQLiteStore
import Watchdog

extension Journal {
    /// Adds the rows that were stored since the last call to the lists of their contacts and messages, ten thousand per transaction, and
    /// returns how many numbers were passed. Webhooks do not pay for the lists: a page of them is written once for many rows.
    /// It continues at the next call if there are millions.
    @discardableResult
    public func listRows() async throws(JournalError) -> Int64 {
        var passed: Int64 = 0
        for _ in 0..<Self.listingsACall {
            let page = try await reader.unlistedRows(limit: Self.rowsAListing)
            guard page.end > page.start else { return passed }
            try await write(Work("listing rows of contacts", items: page.entries.count)) { try $0.lists.insert(page) }
            passed += page.end - page.start
            // Let other writes go first.
            do { try await Task.sleep(for: .milliseconds(3)) } catch { return passed }
        }
        return passed
    }

    private static let listingsACall = 200
    private static let rowsAListing: Int64 = 10_000
}

/// Rows that belong into lists, from the number after `start` up to `end`.
struct UnlistedRows: Sendable {
    struct Entry: Sendable {
        let key: RowKey
        let sequence: Int64
    }

    let start: Int64
    let end: Int64
    var entries: [Entry] = []
}

extension JournalReader {
    /// The rows after those that are listed.
    func unlistedRows(limit: Int64) async throws(JournalError) -> UnlistedRows {
        try await read { db in
            let start = try ListTable.end(db)
            var rows = UnlistedRows(start: start, end: min(start + limit, try OutboxBacklog.lastSequence(db)))
            guard rows.end > start else { return rows }
            for table in ["messages", "events"] {
                try forEach(db, "SELECT seq, contact_id FROM \(table)", rows) { row in
                    guard let contact: ContactID = row.id(1) else { return [] }
                    return [RowKey(of: contact)]
                }
            }
            try forEach(db, "SELECT seq, contact_id, session_id FROM changes", rows) { row in
                let contact: ContactID? = row.id(1)
                let session: SessionID? = row.id(2)
                return [contact.map { RowKey(of: $0) }, session.map { RowKey(of: $0) }].compactMap(\.self)
            }
            try forEach(db, "SELECT seq, external_id, account, provider FROM message_statuses", rows) { row in
                [RowKey(statusesOf: row.string(1) ?? "", row.string(2) ?? "", row.string(3) ?? "")]
            }
            return rows

            func forEach(_ db: Database, _ sql: String, _ range: UnlistedRows, _ keys: (ColumnReader) -> [RowKey]) throws {
                try db.statement("\(sql) WHERE seq > ? AND seq <= ? ORDER BY seq").forEach({ values in
                    values.integer(range.start)
                    values.integer(range.end)
                }) { row in
                    for key in keys(row) { rows.entries.append(UnlistedRows.Entry(key: key, sequence: row.integer(0))) }
                    return true
                }
            }
        }
    }
}

/// The tables `row_lists` and `listed_rows`, as the writer uses them.
struct ListTable {
    private let insertStatement: PreparedStatement
    private let endStatement: PreparedStatement

    init(_ db: Database) throws {
        insertStatement = try PreparedStatement(db, "INSERT OR IGNORE INTO row_lists (key, seq) VALUES (?, ?)")
        endStatement = try PreparedStatement(db, "UPDATE listed_rows SET seq = max(seq, ?)")
    }

    /// The number up to which all rows are in their lists.
    static func end(_ db: Database) throws -> Int64 { try db.statement("SELECT seq FROM listed_rows").first { $0.integer(0) } ?? 0 }

    /// Adds rows in the order of the lists' pages.
    func insert(_ rows: UnlistedRows) throws {
        for entry in rows.entries.sorted(by: { ($0.key.value, $0.sequence) < ($1.key.value, $1.sequence) }) {
            try insertStatement.run { values in
                values.integer(entry.key.value)
                values.integer(entry.sequence)
            }
        }
        try endStatement.run { $0.integer(rows.end) }
    }
}
