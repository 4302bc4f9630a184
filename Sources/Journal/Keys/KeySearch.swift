import SQLiteStore

/// Finds the rows of keys in a snapshot of the file, for whoever is not its writer: without filters, so that each run is asked.
final class KeySearch {
    private let rows: KeyedRows
    private let pages: KeyPages
    private let runs: [KeyRun]
    private let lastNumber: Int64
    /// Read when it is needed first.
    private lazy var recent = Result { try rows.recent(after: lastNumber) }

    init(_ db: Database) throws {
        rows = try KeyedRows(db)
        pages = try KeyPages(db)
        let all = try pages.runs()
        runs = all.answering
        lastNumber = all.lastNumber
    }

    /// The number of the row that has a key; nil where there is none.
    func number(of bytes: [UInt8], in table: ItemTable) throws -> Int64? {
        guard let key = ItemKey(bytes), table != .deadLetters else { return nil }
        if let number = try recent.get()[key], try rows.has(number, key, in: table) { return number }
        return try olderNumber(of: key, in: table)
    }

    /// The number of the row that has a key, where it is no recent one.
    func olderNumber(of key: ItemKey, in table: ItemTable) throws -> Int64? {
        for run in runs.reversed() {
            for number in try pages.numbers(of: key, in: run) where try rows.has(number, key, in: table) { return number }
        }
        return try rows.indexedNumber(of: key, in: table)
    }
}
