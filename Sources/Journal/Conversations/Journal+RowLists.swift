import Messaging
import SQLiteStore
import Watchdog

extension Journal {
    /// Adds the rows that were stored since the last call to the lists of their contacts and messages, and returns how many numbers were
    /// passed. Webhooks do not pay for the lists: the new entries are gathered and written in the order of the lists, so that each page of
    /// the file is written once for many rows, in small transactions between those of webhooks. It continues at the next call if there are
    /// millions.
    @discardableResult
    public func listRows() async throws(JournalError) -> Int64 {
        var passed: Int64 = 0
        for _ in 0..<Self.roundsACall {
            let rows = try await reader.unlistedRows(limit: Self.rowsARound, readingAtATime: Self.rowsARead)
            guard rows.end > rows.start else { return passed }
            for start in stride(from: 0, to: rows.entries.count, by: Self.entriesAWrite) {
                let entries = rows.entries[start..<min(start + Self.entriesAWrite, rows.entries.count)]
                try await write(Work("listing rows of contacts", items: entries.count)) { try $0.lists.insert(entries) }
                // Let other writes go first. Entries that are written twice, since this ends early, count once.
                do { try await Task.sleep(for: .milliseconds(3)) } catch { return passed }
            }
            try await write(Work("listing rows of contacts", items: 1)) { try $0.lists.complete(upTo: rows.end) }
            passed += rows.end - rows.start
        }
        return passed
    }

    private static let roundsACall = 20
    /// The entries of a round are in memory together, 16 bytes each, at most two per row.
    private static let rowsARound: Int64 = 100_000
    private static let rowsARead: Int64 = 10_000
    /// If each of them is on a page of its own, a transaction writes 2 MB.
    private static let entriesAWrite = 500
}

/// Rows that belong into lists, from the number after `start` up to `end`.
struct UnlistedRows: Sendable {
    struct Entry: Sendable {
        let key: RowKey
        let sequence: Int64
    }

    let start: Int64
    var end: Int64
    /// After gathering, in the order of the lists' pages.
    var entries: [Entry] = []
}

extension JournalReader {
    /// The first `limit` rows after those that are listed, read by several transactions.
    func unlistedRows(limit: Int64, readingAtATime count: Int64) async throws(JournalError) -> UnlistedRows {
        var rows = try await unlistedRows(after: nil, limit: count)
        if rows.end - rows.start == count { rows.entries.reserveCapacity(Int(limit)) }
        while rows.end - rows.start < limit {
            let next = try await unlistedRows(after: rows.end, limit: count)
            guard next.end > next.start else { break }
            rows.end = next.end
            rows.entries += next.entries
        }
        rows.entries.sort { ($0.key.value, $0.sequence) < ($1.key.value, $1.sequence) }
        return rows
    }

    /// Rows in the order of their numbers, after a number or after those that are listed.
    private func unlistedRows(after position: Int64?, limit: Int64) async throws(JournalError) -> UnlistedRows {
        try await read { db in
            let start = try position ?? ListTable.end(db)
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

    func insert(_ entries: some Sequence<UnlistedRows.Entry>) throws {
        for entry in entries {
            try insertStatement.run { values in
                values.integer(entry.key.value)
                values.integer(entry.sequence)
            }
        }
    }

    /// Records that all rows up to a number are in their lists.
    func complete(upTo end: Int64) throws { try endStatement.run { $0.integer(end) } }
}
