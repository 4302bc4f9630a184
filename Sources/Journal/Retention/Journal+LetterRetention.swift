import Logging
import Messaging
import SQLiteStore
import Synchronization
import Watchdog

extension Journal {
    /// Removes dead letters that have been kept long enough, and the oldest where all together take more than they may; returns how many.
    ///
    /// Those that somebody resolved go first. What the database has not got yet stays, however much it is: a warning tells of it once.
    public func pruneDeadLetters() async throws(JournalError) -> Int {
        var end = Int64.max
        if let target = configuration.syncTarget { end = try await reader.position(of: target) }
        var count = 0
        for selection in agedLetters(upTo: end) { count += try await removeLetters(selection) }
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

    /// How many dead letters are kept and what they take, and how many were dropped since the start because they took too much.
    public func deadLetterCounts() async throws(JournalError) -> DeadLetterCounts {
        var counts = try await reader.deadLetterCounts()
        counts.dropped = droppedLetters.withLock { $0 }
        return counts
    }

    private func agedLetters(upTo end: Int64) -> [LetterSelection] {
        let now = now()
        let resolved = configuration.keep.map { LetterSelection(isResolved: true, upTo: end, before: now.adding(.zero - $0)) }
        let open = configuration.keepDeadLetters.map { LetterSelection(isResolved: false, upTo: end, before: now.adding(.zero - $0)) }
        return [resolved, open].compactMap { $0 }
    }

    /// Some hundreds a transaction, so that messages go on in between.
    private func removeLetters(_ selection: LetterSelection) async throws(JournalError) -> Int {
        var count = 0
        while !Task.isCancelled {
            let letters = try await reader.letters(selection)
            guard !letters.isEmpty else { return count }
            let removed = try await write(Work("removing dead letters", items: letters.count)) { writer in
                try letters.count { try writer.deadLetters.remove($0) }
            }
            // Somebody resolved them meanwhile: the next sweep looks again.
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

/// What the kept dead letters come to.
public struct DeadLetterCounts: Sendable, Equatable {
    /// Kept ones, resolved or not.
    public var letters: Int
    /// What they take, about.
    public var bytes: Int64
    /// Those that were dropped since the start for `maxDeadLetters`.
    public var dropped = 0
}

/// Which dead letters may go.
struct LetterSelection: Sendable {
    let isResolved: Bool
    /// The last number that may go.
    let end: Int64
    /// Only those that were resolved, or came last, before; nil for all.
    let before: Instant?
    /// Only as many as are needed to come down to so many bytes; nil for all.
    let limit: Int64?

    init(isResolved: Bool, upTo end: Int64, before: Instant? = nil, limit: Int64? = nil) {
        self.isResolved = isResolved
        self.end = end
        self.before = before
        self.limit = limit
    }

    /// When a letter was resolved, or came last: what the two indexes of step 004 are sorted by.
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

    /// The numbers of the oldest dead letters of a selection, some hundreds at most. The last one that there is stays: its number tells where
    /// the order of commits stands.
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
