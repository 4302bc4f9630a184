/// What a query gave: its rows, each value in PostgreSQL's text form.
public struct PostgresRows: Sendable, Equatable {
    /// The columns' names, in order; two may have the same.
    public let columns: [String]

    /// A value a column; nil is null.
    public let rows: [[String?]]

    /// The rows that the statement changed or returned; 0 where it counts none.
    public let affected: Int

    public init(columns: [String] = [], rows: [[String?]] = [], affected: Int = 0) {
        self.columns = columns
        self.rows = rows
        self.affected = affected
    }

    /// The first column of the first row; nil where it is null or there is no row.
    public var scalar: String? { rows.first?.first ?? nil }

    /// The first column of every row.
    public var firstColumn: [String?] { rows.map { $0.first ?? nil } }
}
