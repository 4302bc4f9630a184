/// The result of a query: its rows, each value in PostgreSQL's text form.
public struct PostgresRows: Sendable, Equatable {
    /// The names of the columns, in order; two may be equal.
    public let columns: [String]

    /// One value per column; nil is null.
    public let rows: [[String?]]

    /// The number of rows that the statement changed or returned; 0 if it counts none.
    public let affected: Int

    public init(columns: [String] = [], rows: [[String?]] = [], affected: Int = 0) {
        self.columns = columns
        self.rows = rows
        self.affected = affected
    }

    /// The first column of the first row; nil if it is null or there is no row.
    public var scalar: String? { rows.first?.first ?? nil }

    /// The first column of every row.
    public var firstColumn: [String?] { rows.map { $0.first ?? nil } }
}
