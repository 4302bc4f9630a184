import SQLiteStore

/// Assigns numbers to the rows of a transaction, consecutively over all tables with a column `seq`.
/// A number is used only if its row is stored. The sequence always equals the file: after any failure, even of a transaction that could not
/// begin, it is read from the file again before the next number is assigned.
final class LogSequence {
    /// The last number in use, of this transaction or before it.
    private(set) var last: Int64 = 0
    /// The last number that an item or an index of items had when the sequence was read. Only a delivery can have a later one, if somebody
    /// deleted its items by SQL.
    private(set) var lastItem: Int64 = 0
    private var isKnown = false
    private let findStatement: PreparedStatement
    private let leaveStatement: PreparedStatement

    init(_ db: Database) throws {
        findStatement = try PreparedStatement(db, NumberedTables.numbersInUse)
        leaveStatement = try PreparedStatement(db, "INSERT OR IGNORE INTO left_numbers (seq) VALUES (?)")
    }

    /// The number for the next row; `use` marks it as used.
    var next: Int64 { last + 1 }

    func use() { last += 1 }

    /// Records that a row has given up its number for another one.
    func leave(_ number: Int64) throws { try leaveStatement.run { $0.integer(number) } }

    /// Uses a number without a row, for a delivery that is kept although none of its items has a new row.
    func skip() throws {
        try leave(next)
        use()
    }

    /// Called in each transaction before its first row.
    func begin() throws {
        guard !isKnown else { return }
        (lastItem, last) = try findStatement.first { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
        isKnown = true
    }

    /// Marks the numbers in memory as unreliable, after a rollback or after another process wrote.
    func forget() { isKnown = false }
}

/// The tables whose rows share one sequence of numbers, in the order of their commits.
enum NumberedTables {
    /// Each with the column that says when a row was stored. `left_numbers` has the numbers whose rows were removed or renumbered on purpose.
    static let all = [
        (name: "messages", storedAt: "received_at"), (name: "message_statuses", storedAt: "received_at"),
        (name: "events", storedAt: "received_at"), (name: "dead_letters", storedAt: "created_at"),
        (name: "changes", storedAt: "changed_at"),
    ]

    /// A query for the highest number of each table; a number that was left counts, since it is never given again.
    static let highestNumbers = (all.map(\.name) + ["left_numbers"]).map { "SELECT max(seq) AS seq FROM \($0)" }
        .joined(separator: " UNION ALL ")

    /// A query for the last number that an item or an index of items has, and the last number in use at all.
    ///
    /// An index says up to which number it contains rows, and a delivery has the number of its last item: no new row may get such a number,
    /// even if somebody deleted the last items by SQL.
    static let numbersInUse = """
        SELECT items, max(items, deliveries, blocks) FROM (
          SELECT ifnull(max(seq), 0) AS items, (SELECT ifnull(max(last_seq), 0) FROM deliveries) AS deliveries,
            ifnull((SELECT last_seq FROM delivery_blocks ORDER BY first_seq DESC LIMIT 1), 0) AS blocks
          FROM (\(highestNumbers) UNION ALL SELECT max(last_seq) FROM indexed_rows UNION ALL SELECT max(last_seq) FROM indexed_ids))
        """
}
