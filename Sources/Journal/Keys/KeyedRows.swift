import SQLiteStore

/// The rows that keys lead to. What an earlier version stored is found by an index that ends at the last of its rows.
struct KeyedRows {
    /// Each in the order of `ItemTable.keyed`.
    private let findStatements: [PreparedStatement]
    private let tailStatements: [PreparedStatement]
    private let indexedStatements: [PreparedStatement?]
    private let shareStatements: [PreparedStatement?]
    /// Up to which number a table's index has its rows; 0 where it has none.
    let lastIndexed: [Int64]

    init(_ db: Database) throws {
        let ends = try Dictionary(
            db.statement("SELECT item_table, last_seq FROM indexed_rows").all { ($0.string(0) ?? "", $0.integer(1)) }
        ) { _, later in later }
        lastIndexed = ItemTable.keyed.map { ends[$0.rawValue] ?? 0 }
        findStatements = try ItemTable.keyed.map {
            try PreparedStatement(db, "SELECT 1 FROM \($0.rawValue) WHERE seq = ? AND item_key = ?")
        }
        tailStatements = try ItemTable.keyed.map {
            try PreparedStatement(db, "SELECT seq, item_key FROM \($0.rawValue) WHERE seq > ? AND seq <= ?")
        }
        indexedStatements = try zip(ItemTable.keyed, lastIndexed).map { table, last in
            // SQLite uses the index for a query that has its condition word for word.
            guard last > 0 else { return nil }
            return try PreparedStatement(db, "SELECT seq FROM \(Self.indexed(table, to: last)) AND item_key = ?")
        }
        shareStatements = try zip(ItemTable.keyed, lastIndexed).map { table, last in
            guard last > 0 else { return nil }
            return try PreparedStatement(
                db, "SELECT item_key, seq FROM \(Self.indexed(table, to: last)) AND item_key >= ? AND item_key < ?")
        }
    }

    /// Whether any table has an index.
    var hasIndex: Bool { lastIndexed.contains { $0 > 0 } }

    /// Behind every key.
    private static let end = [UInt8](repeating: .max, count: 17)

    private static func indexed(_ table: ItemTable, to last: Int64) -> String {
        "\(table.rawValue) INDEXED BY \(table.rawValue)_item WHERE seq <= \(last)"
    }

    /// Whether the row of a number has a key: an entry may be of a row that was removed, or got another number.
    func has(_ number: Int64, _ key: ItemKey, in table: ItemTable) throws -> Bool {
        var isThere = false
        try findStatements[table.index].forEach({
            $0.integer(number)
            $0.blob(key.bytes)
        }) { _ in
            isThere = true
            return true
        }
        return isThere
    }

    /// The number of the row that an index has for a key.
    func indexedNumber(of key: ItemKey, in table: ItemTable) throws -> Int64? {
        var number: Int64?
        try indexedStatements[table.index]?.forEach({ $0.blob(key.bytes) }) { row in
            number = row.integer(0)
            return true
        }
        return number
    }

    /// What an index has in a part of a run.
    func indexedEntries(of part: Int, of run: KeyRun, in table: ItemTable) throws -> [KeyEntry] {
        var entries: [KeyEntry] = []
        try shareStatements[table.index]?.forEach({ values in
            values.blob(run.firstKey(of: part) ?? [])
            values.blob(run.firstKey(of: part + 1) ?? Self.end)
        }) { row in
            if let key = ItemKey(row.blob(0)) { entries.append(KeyEntry(key: key, number: row.integer(1))) }
            return true
        }
        return entries
    }

    /// About how many keys an index has: all of a small one are counted, of a large one those that begin with a zero byte.
    func indexedCount(of table: ItemTable, _ db: Database) throws -> Int {
        let last = lastIndexed[table.index]
        let isLarge = last > 200_000
        let sql = "SELECT count(*) FROM \(Self.indexed(table, to: last)) AND item_key < ?"
        let count = try db.statement(sql).first({ $0.blob(isLarge ? [1] : Self.end) }) { $0.integer(0) }
        return Int(count ?? 0) * (isLarge ? 256 : 1)
    }

    /// A run has all that a table's index had.
    func forgetIndex(of table: ItemTable, _ db: Database) throws {
        try db.statement("DELETE FROM indexed_rows WHERE item_table = ?").run { $0.text(table.rawValue) }
    }

    /// The keys of the rows up to a number that neither a run nor an index has; `lastNumber` is the last that runs have.
    func recent(after lastNumber: Int64, to end: Int64 = .max) throws -> [ItemKey: Int64] {
        var recent: [ItemKey: Int64] = [:]
        for (statement, last) in zip(tailStatements, lastIndexed) {
            try statement.forEach({
                $0.integer(max(lastNumber, last))
                $0.integer(end)
            }) { row in
                if let key = ItemKey(row.blob(1)) { recent[key] = row.integer(0) }
                return true
            }
        }
        return recent
    }
}

extension ItemTable {
    /// Those whose rows have a key. A dead letter has a fingerprint.
    static let keyed: [ItemTable] = [.messages, .statuses, .events]
}
