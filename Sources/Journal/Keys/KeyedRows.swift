import SQLiteStore

/// Reads the rows of items by number or key. The rows of an earlier version are found by an index that ends at the last of these rows.
struct KeyedRows {
    /// All four in the order of `ItemTable.keyed`.
    private let findStatements: [PreparedStatement]
    private let tailStatements: [PreparedStatement]
    private let indexedStatements: [PreparedStatement?]
    private let shareStatements: [PreparedStatement?]
    /// For each table, the last row number that its index covers; 0 if it has no index.
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
            // SQLite uses a partial index only if the query contains the index's condition literally.
            guard last > 0 else { return nil }
            return try PreparedStatement(db, "SELECT seq FROM \(Self.indexed(table, to: last)) AND item_key = ?")
        }
        shareStatements = try zip(ItemTable.keyed, lastIndexed).map { table, last in
            guard last > 0 else { return nil }
            return try PreparedStatement(
                db, "SELECT item_key, seq FROM \(Self.indexed(table, to: last)) AND item_key >= ? AND item_key < ?")
        }
    }

    /// Whether any table has an index on keys.
    var hasIndex: Bool { lastIndexed.contains { $0 > 0 } }

    /// Larger than every key.
    private static let end = [UInt8](repeating: .max, count: 17)

    private static func indexed(_ table: ItemTable, to last: Int64) -> String {
        "\(table.rawValue) INDEXED BY \(table.rawValue)_item WHERE seq <= \(last)"
    }

    /// Whether the row with a number has a key. An entry may belong to a row that was removed or got another number.
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

    /// The entries of an index that belong to a part of a run.
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

    /// The approximate number of keys in an index: a small index is counted; of a large one, the keys that begin with a zero byte are
    /// counted and multiplied by 256.
    func indexedCount(of table: ItemTable, _ db: Database) throws -> Int {
        let last = lastIndexed[table.index]
        let isLarge = last > 200_000
        let sql = "SELECT count(*) FROM \(Self.indexed(table, to: last)) AND item_key < ?"
        let count = try db.statement(sql).first({ $0.blob(isLarge ? [1] : Self.end) }) { $0.integer(0) }
        return Int(count ?? 0) * (isLarge ? 256 : 1)
    }

    /// Marks a table's index as unused, since a run has all of its keys.
    func forgetIndex(of table: ItemTable, _ db: Database) throws {
        try db.statement("DELETE FROM indexed_rows WHERE item_table = ?").run { $0.text(table.rawValue) }
    }

    /// The keys of the rows up to a number that are in no run or index; `lastNumber` is the last row number that runs cover.
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
    /// The tables whose rows have a key. Dead letters have a fingerprint instead.
    static let keyed: [ItemTable] = [.messages, .statuses, .events]
}
