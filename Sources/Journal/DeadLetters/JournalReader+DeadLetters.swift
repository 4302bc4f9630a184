import Messaging
import SQLiteStore

extension JournalReader {
    /// Dead letters, the latest first.
    public func deadLetters(_ filter: DeadLetterFilter = DeadLetterFilter(), limit: Int) async throws(JournalError) -> [StoredDeadLetter] {
        try await read { db in
            try StoredDeadLetter.fetch(db, filter, "seq > 0 ORDER BY dead_letter_id DESC LIMIT ?") { $0.integer(Int64(limit)) }
        }
    }

    /// How many dead letters there are.
    public func deadLetterCount(_ filter: DeadLetterFilter = DeadLetterFilter()) async throws(JournalError) -> Int {
        try await read { db in
            let sql = "SELECT count(*) FROM dead_letters WHERE \(filter.conditions(and: "seq > 0"))"
            return Int(try db.statement(sql).first({ filter.fill(&$0) }) { $0.integer(0) } ?? 0)
        }
    }

    /// How many dead letters are unresolved, counted in an index, so that no letter is read.
    public func openDeadLetterCount() async throws(JournalError) -> Int {
        try await read { db in
            let sql = "SELECT count(*) FROM dead_letters INDEXED BY dead_letters_unsettled WHERE resolved_at IS NULL"
            return Int(try db.statement(sql).first { $0.integer(0) } ?? 0)
        }
    }

    /// Dead letters after a position, the oldest first, for iterating over all of them.
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

    /// The reasons of the latest ten thousand unresolved dead letters, the most frequent first; at most a hundred.
    public func deadLetterReasons() async throws(JournalError) -> [DeadLetterReason] {
        try await read { db in
            let sql = """
                SELECT stage, reason, count(*) FROM (
                  SELECT stage, reason FROM dead_letters WHERE resolved_at IS NULL AND seq > 0 ORDER BY dead_letter_id DESC LIMIT 10000)
                GROUP BY stage, reason ORDER BY count(*) DESC, reason LIMIT 100
                """
            return try db.statement(sql).all { row in
                row.string(0).flatMap { DeadLetter.Stage(rawValue: $0) }.map { stage in
                    DeadLetterReason(stage: stage, reason: row.string(1) ?? "", count: Int(row.integer(2)))
                }
            }.compactMap(\.self)
        }
    }

    /// The dead letter with an id, resolved or not.
    public func deadLetter(_ id: DeadLetterID) async throws(JournalError) -> StoredDeadLetter? {
        try await read { db in
            try StoredDeadLetter.fetch(db, DeadLetterFilter(includesSettled: true), "dead_letter_id = ?") { $0.id(id) }.first
        }
    }
}

/// A reason that several dead letters share.
public struct DeadLetterReason: Sendable, Equatable {
    /// Where processing stopped.
    public var stage: DeadLetter.Stage
    /// The reason, as each of the letters has it.
    public var reason: String
    /// The number of unresolved letters with this reason.
    public var count: Int
}

extension StoredDeadLetter {
    fileprivate static func fetch(
        _ db: Database, _ filter: DeadLetterFilter, _ clause: String, _ fill: (inout RowBuffer) -> Void
    ) throws -> [StoredDeadLetter] {
        let sql = "SELECT \(columns) FROM dead_letters WHERE \(filter.conditions(and: clause))"
        return try db.statement(sql).all({ values in
            filter.fill(&values)
            fill(&values)
        }) { StoredDeadLetter($0) }.compactMap { $0 }
    }
}

extension DeadLetterFilter {
    fileprivate func conditions(and clause: String) -> String {
        var conditions: [String] = []
        if stage != nil { conditions.append("stage = ?") }
        if since != nil { conditions.append("created_at >= ?") }
        if reason != nil { conditions.append("reason = ?") }
        if before != nil { conditions.append("dead_letter_id < ?") }
        if !includesSettled { conditions.append("resolved_at IS NULL") }
        return (conditions + [clause]).joined(separator: " AND ")
    }

    /// The parameters of the conditions.
    fileprivate func fill(_ values: inout RowBuffer) {
        if let stage { values.text(stage.rawValue) }
        if let since { values.instant(since) }
        if let reason { values.text(reason) }
        if let before { values.id(before) }
    }
}
