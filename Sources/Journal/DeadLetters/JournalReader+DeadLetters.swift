import GRDB
import Messaging

extension JournalReader {
    /// Dead letters, the latest first.
    public func deadLetters(_ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int) async throws(JournalError) -> [StoredDeadLetter] {
        try await read { try StoredDeadLetter.fetch($0, filter, "seq > ? ORDER BY dead_letter_id DESC LIMIT ?", [0, limit]) }
    }

    /// Dead letters after a position, the oldest first: for going through all of them.
    public func deadLetters(
        _ filter: DeadLetterFilter = DeadLetterFilter(), after position: Int64, limit: Int
    ) async throws(JournalError) -> [StoredDeadLetter] {
        try await read { try StoredDeadLetter.fetch($0, filter, "seq > ? ORDER BY seq LIMIT ?", [position, limit]) }
    }

    /// The dead letter of an id, settled or not.
    public func deadLetter(_ id: DeadLetterID) async throws(JournalError) -> StoredDeadLetter? {
        try await read {
            try StoredDeadLetter.fetch($0, DeadLetterFilter(includesSettled: true), "dead_letter_id = ?", [id.description]).first
        }
    }
}

extension StoredDeadLetter {
    fileprivate static func fetch(
        _ db: Database, _ filter: DeadLetterFilter, _ clause: String, _ arguments: [any DatabaseValueConvertible]
    ) throws -> [StoredDeadLetter] {
        var conditions: [String] = []
        var values: [any DatabaseValueConvertible] = []
        if let stage = filter.stage {
            conditions.append("stage = ?")
            values.append(stage.rawValue)
        }
        if let since = filter.since {
            conditions.append("created_at >= ?")
            values.append(since.description)
        }
        if !filter.includesSettled { conditions.append("resolved_at IS NULL") }
        let sql = "SELECT \(columns) FROM dead_letters WHERE \((conditions + [clause]).joined(separator: " AND "))"
        var letters: [StoredDeadLetter] = []
        try StatementCursor(db, sql, values + arguments).forEach { row in
            if let letter = StoredDeadLetter(row) { letters.append(letter) }
            return true
        }
        return letters
    }
}
