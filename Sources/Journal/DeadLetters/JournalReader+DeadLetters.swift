import Messaging
import SQLiteStore

extension JournalReader {
    /// Dead letters, the latest first.
    public func deadLetters(_ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int) async throws(JournalError) -> [StoredDeadLetter] {
        try await read { db in
            try StoredDeadLetter.fetch(db, filter, "seq > 0 ORDER BY dead_letter_id DESC LIMIT ?") { $0.integer(Int64(limit)) }
        }
    }

    /// Dead letters after a position, the oldest first: for going through all of them.
    public func deadLetters(
        _ filter: DeadLetterFilter = DeadLetterFilter(), after position: Int64, limit: Int
    ) async throws(JournalError) -> [StoredDeadLetter] {
        try await read { db in
            try StoredDeadLetter.fetch(db, filter, "seq > ? ORDER BY seq LIMIT ?") { values in
                values.integer(position)
                values.integer(Int64(limit))
            }
        }
    }

    /// The dead letter of an id, settled or not.
    public func deadLetter(_ id: DeadLetterID) async throws(JournalError) -> StoredDeadLetter? {
        try await read { db in
            try StoredDeadLetter.fetch(db, DeadLetterFilter(includesSettled: true), "dead_letter_id = ?") { $0.id(id) }.first
        }
    }
}

extension StoredDeadLetter {
    fileprivate static func fetch(
        _ db: Database, _ filter: DeadLetterFilter, _ clause: String, _ fill: (inout RowBuffer) -> Void
    ) throws -> [StoredDeadLetter] {
        var conditions: [String] = []
        if filter.stage != nil { conditions.append("stage = ?") }
        if filter.since != nil { conditions.append("created_at >= ?") }
        if !filter.includesSettled { conditions.append("resolved_at IS NULL") }
        let sql = "SELECT \(columns) FROM dead_letters WHERE \((conditions + [clause]).joined(separator: " AND "))"
        return try db.statement(sql).all({ values in
            if let stage = filter.stage { values.text(stage.rawValue) }
            if let since = filter.since { values.instant(since) }
            fill(&values)
        }) { StoredDeadLetter($0) }.compactMap { $0 }
    }
}
