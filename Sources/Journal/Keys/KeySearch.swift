import SQLiteStore

/// Finds rows by their keys in a snapshot of the file, for readers other than the writer. It has no filters, so it reads every run.
final class KeySearch {
    private let rows: KeyedRows
    private let pages: KeyPages
    private let runs: [KeyRun]
    private let lastNumber: Int64
    /// The recent keys, read at the first lookup.
    private lazy var recent = Result { try rows.recent(after: lastNumber) }

    init(_ db: Database) throws {
        rows = try KeyedRows(db)
        pages = try KeyPages(db)
        let all = try pages.runs()
        runs = all.answering
        lastNumber = all.lastNumber
    }

    /// The number of the row that has a key; nil if there is none.
    func number(of bytes: [UInt8], in table: ItemTable) throws -> Int64? {
        guard let key = ItemKey(bytes), table != .deadLetters else { return nil }
        if let number = try recent.get()[key], try rows.has(number, key, in: table) { return number }
        return try olderNumber(of: key, in: table)
    }

    /// The number of the row that has a key, without looking at recent keys.
    func olderNumber(of key: ItemKey, in table: ItemTable) throws -> Int64? {
        for run in runs.reversed() {
            for number in try pages.numbers(of: key, in: run) where try rows.has(number, key, in: table) { return number }
        }
        return try rows.indexedNumber(of: key, in: table)
    }
}
