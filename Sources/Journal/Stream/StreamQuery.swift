import SQLiteStore

/// Reads the items after a position, of all tables in the one order of their commits.
struct StreamQuery<Value: Sendable> {
    let position: Int64
    /// How many numbers are read at once; no page has more items.
    let limit: Int
    /// Reading stops once so many bytes were read.
    let byteLimit: Int
    /// Makes what the page has of an item, on the reader's thread.
    let make: @Sendable (StreamedItem) -> Value

    /// So many times `limit` numbers without an item are passed over in one snapshot, so that none is open for long.
    private var mostEmptyRanges: Int { 50 }

    private struct Read {
        var items: [(sequence: Int64, value: Value)] = []
        var isCutOff = false
    }

    /// The next items; all from one moment of the file.
    func page(_ db: Database) throws -> StreamPage<Value> {
        let last = try OutboxBacklog.lastSequence(db)
        guard position < last else { return StreamPage(items: [], end: last, missing: 0) }
        var (end, missing) = (position, Int64(0))
        for _ in 0..<mostEmptyRanges where end < last {
            let page = try page(db, after: end, to: min(end + Int64(limit), last))
            (end, missing) = (page.end, missing + page.missing)
            if !page.items.isEmpty { return StreamPage(items: page.items, end: end, missing: missing) }
        }
        return StreamPage(items: [], end: end, missing: missing)
    }

    private func page(_ db: Database, after start: Int64, to bound: Int64) throws -> StreamPage<Value> {
        let lists = try StreamedTable.all.map { try read(db, $0, after: start, to: bound) }
        // A list that was cut off may have rows before those of another.
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

/// The numbers of rows, whether a stream has them or not.
enum StreamNumbers {
    private static let query = {
        let counts = (NumberedTables.all.map(\.name) + ["left_numbers"]).map {
            "(SELECT count(*) FROM \($0) WHERE seq > ?1 AND seq <= ?2)"
        }
        return "SELECT \(counts.joined(separator: " + "))"
    }()

    /// How many numbers between two have a row, or had one that left its number on purpose.
    static func count(_ db: Database, after start: Int64, to end: Int64) throws -> Int64 {
        try db.statement(query).first({ values in
            values.integer(start)
            values.integer(end)
        }) { $0.integer(0) } ?? 0
    }
}
