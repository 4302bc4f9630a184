import SQLiteStore

/// Finds rows by their ids, in the writer's transaction or in a snapshot of the file.
///
/// Rows of an earlier version are in an index. All others are looked for in the ranges of numbers that may have the id, and among the last
/// rows, which are in no range yet. Ids are nearly in the order of numbers, so that mostly one range may have an id; in whatever order they
/// are, the row is found.
struct IDSearch {
    private let db: Database
    /// Up to which number an index has a table's rows; none where there is no index.
    private let ends: [String: Int64]

    init(_ db: Database) throws {
        self.db = db
        ends = try Dictionary(
            db.statement("SELECT item_table, last_seq FROM indexed_ids").all { ($0.string(0) ?? "", $0.integer(1)) }
        ) { _, later in later }
    }

    /// The number of the row that has an id; nil where there is none.
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

    /// Calls `body` with the rows that have an id or a larger one, the last numbers first, until it answers false. `fill` adds the values
    /// of parameters in `columns`.
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
