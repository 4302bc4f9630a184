import Logging
import Messaging
import SQLiteStore
import Synchronization
import Watchdog

extension Journal {
    /// Removes dead letters that have been kept for long enough, and the oldest if all together exceed their limit; returns how many.
    /// Resolved letters are removed first. A letter that the database does not have yet stays, whatever the size; a warning reports this
    /// once.
    public func pruneDeadLetters() async throws(JournalError) -> Int {
        var end = Int64.max
        if let target = configuration.syncTarget { end = try await reader.position(of: target) }
        var count = 0
        for selection in agedLetters(at: try await retentionTime(), upTo: end) { count += try await removeLetters(selection) }
        if count > 0 {
            logger.info("dead letters were deleted because of their age", metadata: ["dead_letter.count": .stringConvertible(count)])
        }
        guard let limit = configuration.maxDeadLetters else { return count }
        var dropped = 0
        for isResolved in [true, false] {
            dropped += try await removeLetters(LetterSelection(isResolved: isResolved, upTo: end, limit: limit))
        }
        if dropped > 0 {
            droppedLetters.withLock { $0 += dropped }
            logger.warning(
                "dead letters were deleted because they exceeded journal.max_dead_letters",
                metadata: ["dead_letter.count": .stringConvertible(dropped)])
        }
        try await tellOfLetters(limit)
        return count + dropped
    }

    /// The number and size of the kept dead letters, and how many have been dropped since the start because of the size limit.
    public func deadLetterCounts() async throws(JournalError) -> DeadLetterCounts {
        var counts = try await reader.deadLetterCounts()
        counts.dropped = droppedLetters.withLock { $0 }
        return counts
    }

    private func agedLetters(at now: Instant, upTo end: Int64) -> [LetterSelection] {
        let resolved = configuration.keep.map { LetterSelection(isResolved: true, upTo: end, before: now.adding(.zero - $0)) }
        let open = configuration.keepDeadLetters.map { LetterSelection(isResolved: false, upTo: end, before: now.adding(.zero - $0)) }
        return [resolved, open].compactMap { $0 }
    }

    /// Removes some hundreds per transaction, so that messages can be stored in between.
    private func removeLetters(_ selection: LetterSelection) async throws(JournalError) -> Int {
        var count = 0
        while !Task.isCancelled {
            let letters = try await reader.letters(selection)
            guard !letters.isEmpty else { return count }
            let removed = try await write(Work("removing dead letters", items: letters.count)) { writer in
                try letters.count { try writer.deadLetters.remove($0) }
            }
            // Another caller resolved them in the meantime; the next sweep looks again.
            guard removed > 0 else { return count }
            count += removed
        }
        return count
    }

    private func tellOfLetters(_ limit: Int64) async throws(JournalError) {
        let bytes = try await reader.deadLetterCounts().bytes
        guard letterExcess.withLock({ $0.isNews(bytes, over: limit) }) else { return }
        logger.warning(
            "dead letters exceed journal.max_dead_letters: they cannot be deleted before Supabase has them",
            metadata: ["dead_letter.bytes": .stringConvertible(bytes), "journal.max_dead_letters": .stringConvertible(limit)])
    }
}

/// The number and size of the kept dead letters.
public struct DeadLetterCounts: Sendable, Equatable {
    /// The number of kept letters, resolved or not.
    public var letters: Int
    /// Their approximate size.
    public var bytes: Int64
    /// The number of letters dropped since the start because of `maxDeadLetters`.
    public var dropped = 0
}

/// A selection of dead letters that may be removed.
struct LetterSelection: Sendable {
    let isResolved: Bool
    /// The last number that may be removed.
    let end: Int64
    /// Only letters that were resolved, or last seen, before this time; nil for all.
    let before: Instant?
    /// Only as many as are needed to reduce the total to this many bytes; nil for all.
    let limit: Int64?

    init(isResolved: Bool, upTo end: Int64, before: Instant? = nil, limit: Int64? = nil) {
        self.isResolved = isResolved
        self.end = end
        self.before = before
        self.limit = limit
    }

    /// The column by which the two indexes of step 004 are sorted: the time at which a letter was resolved, or last seen.
    fileprivate var time: String { isResolved ? "resolved_at" : "coalesce(last_seen_at, created_at)" }
}

extension JournalReader {
    fileprivate func deadLetterCounts() async throws(JournalError) -> DeadLetterCounts {
        try await read { db in
            try db.statement("SELECT letters, bytes FROM dead_letter_size").first { row in
                DeadLetterCounts(letters: Int(row.integer("letters")), bytes: row.integer("bytes"))
            } ?? DeadLetterCounts(letters: 0, bytes: 0)
        }
    }

    /// The numbers of the oldest dead letters of a selection, some hundreds at most. The very last letter is never included: its number
    /// records how far the sequence has got.
    fileprivate func letters(_ selection: LetterSelection) async throws(JournalError) -> [Int64] {
        try await read { db in
            var excess: Int64 = 0
            if let limit = selection.limit {
                excess = (try db.statement("SELECT bytes FROM dead_letter_size").first { $0.integer(0) } ?? 0) - limit
                guard excess > 0 else { return [] }
            }
            let time = selection.time
            let sql = """
                SELECT seq, \(DeadLetterTable.bytes(of: "dead_letters")) FROM dead_letters
                WHERE resolved_at IS \(selection.isResolved ? "NOT " : "")NULL AND (?1 IS NULL OR \(time) < ?1)
                  AND seq <= ?2 AND seq < (SELECT max(seq) FROM dead_letters)
                ORDER BY \(time) LIMIT 300
                """
            var letters: [Int64] = []
            try db.statement(sql).forEach({ values in
                values.instant(selection.before)
                values.integer(selection.end)
            }) { row in
                letters.append(row.integer(0))
                excess -= row.integer(1)
                return selection.limit == nil || excess > 0
            }
            return letters
        }
    }
}
