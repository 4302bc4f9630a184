import SQLiteStore

/// Reads the items of all tables after a position, in the order of their commits.
struct StreamQuery<Value: Sendable> {
    let position: Int64
    /// The count of numbers that are read at once; no page has more items.
    let limit: Int
    /// Reading stops after this many bytes.
    let byteLimit: Int
    /// Converts an item to the page's value, on the reader's thread.
    let make: @Sendable (StreamedItem) -> Value

    /// A single snapshot skips at most this many ranges of `limit` numbers without an item, so that no snapshot stays open for long.
    private var mostEmptyRanges: Int { 50 }

    private struct Read {
        var items: [(sequence: Int64, value: Value)] = []
        var isCutOff = false
    }

    /// The next items, all from one snapshot of the file.
    func page(_ db: Database) throws -> StreamPage<Value> {
        let last = try OutboxBacklog.lastSequence(db)
        guard position < last else { return StreamPage(items: [], end: last, missing: 0) }
        var (end, missing) = (position, Int64(0))
        for _ in 0..<mostEmptyRanges where end < last {
            let page = try page(db, after: end, to: min(end + Int64(limit), last))
            (end, missing) = (page.end, missing + page.missing)
            if !page.items.isEmpty { return StreamPage(items: page.items, end: end, missing: missing, hasMore: end < last) }
        }
        return StreamPage(items: [], end: end, missing: missing, hasMore: end < last)
    }

    private func page(_ db: Database, after start: Int64, to bound: Int64) throws -> StreamPage<Value> {
        let lists = try StreamedTable.all.map { try read(db, $0, after: start, to: bound) }
        // If a list was cut off, the rows after its end may be older than rows of the other lists.
        let end = lists.compactMap { $0.isCutOff ? $0.items.last?.sequence : nil }.min() ?? bound
        let items = lists.flatMap(\.items).filter { $0.sequence <= end }.sorted { $0.sequence < $1.sequence }
        let missing = try end - start - StreamNumbers.count(db, after: start, to: end)
        return StreamPage(items: items.map(\.value), end: end, missing: max(0, missing))
    }

    private func read(_ db: Database, _ table: StreamedTable, after start: Int64, to bound: Int64) throws -> Read {
        var list = Read()
        var bytes = 0
        try db.statement(table.query).forEach({ values in
            values.integer(start)
            values.integer(bound)
        }) { row in
            let item = table.item(row)
            list.items.append((item.sequence, make(item)))
            bytes += item.record.count
            return bytes < byteLimit
        }
        list.isCutOff = bytes >= byteLimit
        return list
    }
}

/// Counts the numbers of rows, whether or not streams contain them.
enum StreamNumbers {
    private static let query = {
        let counts = (NumberedTables.all.map(\.name) + ["left_numbers"]).map {
            "(SELECT count(*) FROM \($0) WHERE seq > ?1 AND seq <= ?2)"
        }
        return "SELECT \(counts.joined(separator: " + "))"
    }()

    /// The count of numbers in an interval that have a row, or had one that left its number on purpose.
    static func count(_ db: Database, after start: Int64, to end: Int64) throws -> Int64 {
        try db.statement(query).first({ values in
            values.integer(start)
            values.integer(end)
        }) { $0.integer(0) } ?? 0
    }
}
