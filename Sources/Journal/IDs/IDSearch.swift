import SQLiteStore

/// Finds rows by their ids, in the writer's transaction or in a snapshot of the file.
/// An index has the rows of an earlier version. All others are searched in those ranges of numbers whose smallest and largest ids include
/// the id, and among the last rows, which are in no range yet. Ids increase nearly in the order of the numbers, so usually only one range
/// qualifies; in any other order the row is found too.
struct IDSearch {
    private let db: Database
    /// The number up to which each table's index has its rows; tables without an index are missing.
    private let ends: [String: Int64]

    init(_ db: Database) throws {
        self.db = db
        ends = try Dictionary(
            db.statement("SELECT item_table, last_seq FROM indexed_ids").all { ($0.string(0) ?? "", $0.integer(1)) }
        ) { _, later in later }
    }

    /// The number of the row that has an id; nil if there is none.
    func number(of id: String, in table: IdentifiedTable) throws -> Int64? {
        if let number = try indexedNumber(of: id, in: table) { return number }
        var number: Int64?
        let ranges = "SELECT first_seq, last_seq FROM id_ranges WHERE largest >= ?1 AND smallest <= ?1 ORDER BY largest"
        try db.statement(ranges).forEach({ $0.text(id) }) { range in
            number = try self.number(of: id, in: table, from: range.integer(0), to: range.integer(1))
            return number == nil
        }
        return try number ?? self.number(of: id, in: table, from: IDRangeTable.covered(db) &+ 1, to: .max)
    }

    private func indexedNumber(of id: String, in table: IdentifiedTable) throws -> Int64? {
        guard let end = ends[table.rawValue] else { return nil }
        let sql = "SELECT \(table.number) FROM \(table.indexed(to: end)) AND \(table.id) = ?"
        return try db.statement(sql).first({ $0.text(id) }) { $0.integer(0) }
    }

    private func number(of id: String, in table: IdentifiedTable, from first: Int64, to last: Int64) throws -> Int64? {
        let sql = "SELECT \(table.number) FROM \(table.rawValue) WHERE \(table.number) BETWEEN ? AND ? AND \(table.id) = ?"
        return try db.statement(sql).first({ values in
            values.integer(first)
            values.integer(last)
            values.text(id)
        }) { $0.integer(0) }
    }

    /// Calls `body` with the rows that have this id or a larger one, highest numbers first, until it returns false. `fill` adds the values
    /// of the parameters in `columns`.
    func forEach(
        from id: String, in table: IdentifiedTable, _ columns: String, _ fill: (inout RowBuffer) -> Void,
        _ body: (ColumnReader) throws -> Bool
    ) throws {
        var goesOn = true
        func visit(_ rows: String, _ values: (inout RowBuffer) -> Void) throws {
            try db.statement("SELECT \(columns) FROM \(rows)").forEach({
                fill(&$0)
                values(&$0)
                $0.text(id)
            }) { row in
                goesOn = try body(row)
                return goesOn
            }
        }
        func visit(from first: Int64, to last: Int64) throws {
            let rows = "\(table.rawValue) WHERE \(table.number) BETWEEN ? AND ? AND \(table.id) >= ? ORDER BY \(table.number) DESC"
            try visit(rows) { values in
                values.integer(first)
                values.integer(last)
            }
        }
        try visit(from: IDRangeTable.covered(db) &+ 1, to: .max)
        guard goesOn else { return }
        let ranges = "SELECT first_seq, last_seq FROM id_ranges WHERE largest >= ? ORDER BY last_seq DESC"
        try db.statement(ranges).forEach({ $0.text(id) }) { range in
            try visit(from: range.integer(0), to: range.integer(1))
            return goesOn
        }
        guard goesOn, let end = ends[table.rawValue] else { return }
        try visit("\(table.indexed(to: end)) AND \(table.id) >= ? ORDER BY \(table.id) DESC") { _ in }
    }
}
