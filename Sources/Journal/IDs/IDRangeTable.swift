import SQLiteStore

/// The table `id_ranges`, as the writer uses it: one row for some hundred consecutive numbers, with the smallest and the largest id that
/// rows of these numbers have.
///
/// A range is always made of the rows themselves, once all of its numbers are given. A row may leave its range later, for another number
/// or by retention; none comes into it.
final class IDRangeTable {
    private let db: Database
    private let insertStatement: PreparedStatement
    private let disownStatement: PreparedStatement
    /// How many numbers a range has.
    private let width: Int64
    /// Up to which number rows are in ranges, or in an index; nil where only the file says it.
    private var covered: Int64?

    static let width: Int64 = 512
    /// Where so many ranges and more are missing, a transaction writes these and nothing else.
    private static let mostRanges: Int64 = 200

    init(_ db: Database, width: Int64 = IDRangeTable.width) throws {
        self.db = db
        self.width = width
        let ids = IdentifiedTable.allCases.map { "SELECT \($0.id) AS id FROM \($0.rawValue) WHERE \($0.number) BETWEEN ?1 AND ?2" }
        insertStatement = try PreparedStatement(
            db,
            """
            INSERT INTO id_ranges (first_seq, last_seq, smallest, largest)
            SELECT ?1, ?2, min(id), max(id) FROM (\(ids.joined(separator: " UNION ALL ")))
            """)
        disownStatement = try PreparedStatement(db, "DELETE FROM id_ranges WHERE last_seq > ?")
    }

    /// A query for the number up to which rows are in ranges, or in an index.
    static let coveredNumber = """
        SELECT max(ifnull((SELECT max(last_seq) FROM id_ranges), 0), ifnull((SELECT max(last_seq) FROM indexed_ids), 0))
        """

    static func covered(_ db: Database) throws -> Int64 { try db.statement(coveredNumber).first { $0.integer(0) } ?? 0 }

    /// Called inside each transaction, before its first row; `sequence` is the last number in use. False where somebody has removed so
    /// many ranges that they have to be written by several transactions.
    func begin(after sequence: Int64) throws -> Bool {
        let covered = try self.covered ?? known(after: sequence)
        self.covered = covered
        guard sequence - covered >= Self.mostRanges * width else { return true }
        try cover(through: covered + Self.mostRanges * width)
        return false
    }

    /// What was known may no longer be what the file says.
    func forget() { covered = nil }

    /// Called last in each transaction: the rows up to `sequence` come into ranges, as far as these are full.
    func writeDueRanges(through sequence: Int64) throws {
        if covered != nil { try cover(through: sequence) }
    }

    /// Writes ranges of all numbers from 1 on, which must be in none yet, to a last one.
    func writeAll(through last: Int64) throws {
        for first in stride(from: 1, through: last, by: Int(width)) { try write(first, min(first + width - 1, last)) }
    }

    private func cover(through sequence: Int64) throws {
        guard var last = covered else { return }
        while sequence - last >= width {
            try write(last + 1, last + width)
            last += width
        }
        covered = last
    }

    private func write(_ first: Int64, _ last: Int64) throws {
        try insertStatement.run { row in
            row.integer(first)
            row.integer(last)
        }
    }

    /// What the file says. Ranges of numbers that no row has are removed: rows that somebody deleted by SQL took their numbers with them,
    /// which are given anew.
    private func known(after sequence: Int64) throws -> Int64 {
        let covered = try Self.covered(db)
        guard covered > sequence else { return covered }
        try disownStatement.run { $0.integer(sequence) }
        return min(try Self.covered(db), sequence)
    }
}
