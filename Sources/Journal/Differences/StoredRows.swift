import Messaging
import SQLiteStore

/// The rows of one table in the order of their numbers, read in parallel with the deliveries that they came from.
struct StoredRows {
    private let cursor: RowCursor
    private let start: RowCursor
    private let keys: KeySearch
    private let search: RowCursor?
    let table: ItemTable

    /// The columns before the compared ones: number, delivery, key, and the time of resolution.
    static let firstColumn: Int32 = 4

    /// `keys` finds the rows of keys.
    init(_ db: Database, _ table: ItemTable, _ keys: KeySearch) throws {
        self.table = table
        self.keys = keys
        let isLetter = table == .deadLetters
        // Rows that the database refused are left out, since adapters do not read them.
        let condition = isLetter ? "stage = 'normalize' AND " : ""
        let columns = "delivery_id, \(MadeItem.keyName(in: table)), \(isLetter ? "resolved_at" : "NULL")"
        cursor = try RowCursor(
            db,
            """
            SELECT seq, \(columns), \(table.description.made.map(\.name).joined(separator: ", ")) FROM \(table.rawValue)
            WHERE \(condition)seq >= ? ORDER BY seq
            """)
        start = try RowCursor(db, "SELECT seq, delivery_id FROM \(table.rawValue) WHERE \(condition)seq <= ? ORDER BY seq DESC")
        search = isLetter ? try RowCursor(db, "SELECT 1 FROM dead_letters WHERE fingerprint = ?") : nil
    }

    /// Moves to the first row of a delivery, which is found from its last one.
    func begin(with id: String, at position: Int64) throws {
        var first = position + 1
        try start.start { $0.integer(position) }
        while let row = start.row, row.equals(1, id) {
            first = row.integer(0)
            try start.advance()
        }
        try cursor.start { $0.integer(first) }
    }

    /// The next row of a delivery, skipping those of others; nil if there is none left.
    func next(of id: String, at position: Int64) throws -> ColumnReader? {
        while let row = cursor.row, row.integer(0) <= position {
            if row.equals(1, id) { return row }
            try cursor.advance()
        }
        return nil
    }

    func advance() throws { try cursor.advance() }

    /// Whether any delivery has stored the item with a key.
    func contains(_ key: [UInt8]) throws -> Bool {
        guard let search else { return try keys.number(of: key, in: table) != nil }
        try search.start { $0.text(String(decoding: key, as: UTF8.self)) }
        return search.row != nil
    }
}

/// A row that was not found at the expected position.
struct StoredRow {
    let table: ItemTable
    let key: [UInt8]
    let isSettled: Bool
    let values: [String?]

    init(_ row: ColumnReader, of table: ItemTable) {
        self.table = table
        key = table == .deadLetters ? Array((row.string(2) ?? "").utf8) : row.blob(2)
        isSettled = !row.isNull(3)
        values = table.description.made.indices.map { row.string(StoredRows.firstColumn + Int32($0)) }
    }

    /// The provider's own id; nil for a dead letter.
    var externalID: String? { table.description.made.firstIndex { $0.name == "external_id" }.flatMap { values[$0] } }
}
