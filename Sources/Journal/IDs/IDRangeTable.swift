import SQLiteStore

/// The table `id_ranges`, as the writer uses it. Each row covers some hundred consecutive numbers, with the smallest and the largest id of
/// the rows that have these numbers.
/// A range is always computed from the rows, once all of its numbers have been used. Rows may leave a range later, because they get another
/// number or are deleted; no row is added to it.
final class IDRangeTable {
    private let db: Database
    private let insertStatement: PreparedStatement
    private let disownStatement: PreparedStatement
    /// The count of numbers in a range.
    private let width: Int64
    /// The number up to which rows are covered by ranges, or by an index; nil if it must be read from the file.
    private var covered: Int64?

    static let width: Int64 = 512
    /// If at least this many ranges are missing, a transaction writes this many and nothing else.
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

    /// A query for the number up to which rows are covered by ranges, or by an index.
    static let coveredNumber = """
        SELECT max(ifnull((SELECT max(last_seq) FROM id_ranges), 0), ifnull((SELECT max(last_seq) FROM indexed_ids), 0))
        """

    static func covered(_ db: Database) throws -> Int64 { try db.statement(coveredNumber).first { $0.integer(0) } ?? 0 }

    /// Called in each transaction before its first row; `sequence` is the last number in use. False if so many ranges are missing, because
    /// they were deleted, that several transactions are needed to write them.
    func begin(after sequence: Int64) throws -> Bool {
        let covered = try self.covered ?? known(after: sequence)
        self.covered = covered
        guard sequence - covered >= Self.mostRanges * width else { return true }
        try cover(through: covered + Self.mostRanges * width)
        return false
    }

    /// Marks the covered number as unreliable, after a rollback or after another process wrote.
    func forget() { covered = nil }

    /// Called last in each transaction: writes the ranges that the rows up to `sequence` have filled.
    func writeDueRanges(through sequence: Int64) throws {
        if covered != nil { try cover(through: sequence) }
    }

    /// Writes ranges for all numbers from 1 to `last`, none of which may be in a range yet.
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

    /// Reads the covered number from the file. Ranges beyond the last number in use are deleted: an operator has deleted their rows by SQL,
    /// and new rows get these numbers again.
    private func known(after sequence: Int64) throws -> Int64 {
        let covered = try Self.covered(db)
        guard covered > sequence else { return covered }
        try disownStatement.run { $0.integer(sequence) }
        return min(try Self.covered(db), sequence)
    }
}
