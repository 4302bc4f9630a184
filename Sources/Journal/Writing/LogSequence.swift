import GRDB

/// Numbers what a transaction stores, one after the other, over all tables with a column `seq`.
///
/// A number is used up only where its row was stored, and given back by a rollback: the difference of two numbers is how many rows lie between
/// them, but for dead letters that were settled and have left theirs.
final class LogSequence {
    /// The last number in use, of this transaction or before it.
    private(set) var last: Int64 = 0
    private var committed: Int64 = 0
    private let search: PreparedStatement

    init(_ db: Database) throws {
        let tables = ["messages", "message_statuses", "events", "dead_letters", "changes"]
        let highest = tables.map { "SELECT max(seq) AS seq FROM \($0)" }.joined(separator: " UNION ALL ")
        search = try PreparedStatement(db, "SELECT max(seq) FROM (\(highest))")
    }

    /// The number for the next row; it is used up by `use`.
    var next: Int64 { last + 1 }

    func use() { last += 1 }

    /// Another process may have stored rows: the file tells where the sequence stands.
    func reload() throws { last = try search.first({ _ in }) { $0.integer(0) } ?? 0 }

    /// What was stored so far stays.
    func begin() { committed = last }

    /// What was stored since `begin` is gone.
    func rollBack() { last = committed }
}
