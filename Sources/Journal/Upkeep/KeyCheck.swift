import SQLiteStore

/// Goes through all keys, a share of them after the other: each row has one entry that leads to it, filters have what their parts have, and no two
/// rows have one key.
struct KeyCheck {
    private let db: Database
    private let rows: KeyedRows
    private let pages: KeyPages
    private let search: KeySearch
    private let runs: [KeyRun]
    /// Up to which number rows have their keys in runs, or an index.
    private let lastNumber: Int64
    /// How many rows the entries lead to, in the order of `ItemTable.keyed`.
    private var found = ItemTable.keyed.map { _ in 0 }
    private var twice = 0
    private var filtered = 0

    /// About as many entries as are looked at together.
    private static let entriesAShare = 50_000

    init(_ db: Database) throws {
        self.db = db
        rows = try KeyedRows(db)
        pages = try KeyPages(db)
        search = try KeySearch(db)
        let all = try pages.runs()
        lastNumber = all.lastNumber
        runs = try all.answering.map { [pages] run in
            var run = run
            run.filter = try pages.filter(of: run)
            return run
        }
    }

    mutating func addProblems(to problems: inout [String]) throws {
        for run in runs {
            let entries =
                try db.statement("SELECT sum(length(keys)) FROM key_pages WHERE id >= ? AND id < ?").first({
                    $0.integer(KeyPages.id(0, of: run.number))
                    $0.integer(KeyPages.id(0, of: run.number + 1))
                }) { $0.integer(0) } ?? 0
            let keys = Int(entries) / KeyEntry.bytes
            if keys != run.keys { problems.append("run \(run.number) of keys has \(keys) rather than \(run.keys)") }
            if run.filter == nil { problems.append("run \(run.number) of keys lacks filters") }
        }
        // A run of which nothing is written, as wide as a share.
        let share = KeyRun(
            number: 0, level: 0, parts: max(1, runs.reduce(0) { $0 + $1.keys } / Self.entriesAShare), keys: 0, lastNumber: 0)
        for part in 0..<share.parts { try look(at: part, of: share) }
        try lookAtRecent()
        for (table, found) in zip(ItemTable.keyed, found) {
            let rows = try covered(table)
            if rows != found { problems.append("\(rows - found) rows of \(table.rawValue) have no key in a run") }
        }
        let strays = try differencesWithoutItem()
        if strays > 0 { problems.append("\(strays) differences are from items that are not stored") }
        if twice > 0 { problems.append("\(twice) items are stored twice: rows have the same item_key") }
        if filtered > 0 { problems.append("\(filtered) keys are not in the filter of their run") }
    }

    /// How many rows of a table must have their keys in runs.
    private func covered(_ table: ItemTable) throws -> Int {
        let count = try db.statement("SELECT count(*) FROM \(table.rawValue) WHERE seq > ? AND seq <= ?").first({
            $0.integer(rows.lastIndexed[table.index])
            $0.integer(lastNumber)
        }) { $0.integer(0) }
        return Int(count ?? 0)
    }

    private func differencesWithoutItem() throws -> Int {
        var count = 0
        try db.statement("SELECT item_table, item_key FROM differences").forEach { row in
            let table = row.string(0).flatMap { ItemTable(rawValue: $0) } ?? .messages
            if try search.number(of: row.blob(1), in: table) == nil { count += 1 }
            return true
        }
        return count
    }

    private mutating func look(at part: Int, of share: KeyRun) throws {
        var keys: Set<ItemKey> = []
        for run in runs {
            for entry in try pages.entries(in: run.buckets(meeting: part, of: share), of: run) where share.part(of: entry.key) == part {
                if let filter = run.filter, !filter.mayHave(entry.key, in: run.part(of: entry.key)) { filtered += 1 }
                guard let table = try table(of: entry) else { continue }
                found[table.index] += 1
                let isIndexed = try rows.indexedNumber(of: entry.key, in: table) != nil
                if !keys.insert(entry.key).inserted || isIndexed { twice += 1 }
            }
        }
    }

    /// A recent key must not be an older one as well, and no two recent rows may have one.
    private mutating func lookAtRecent() throws {
        for table in ItemTable.keyed {
            var keys: Set<ItemKey> = []
            let after = max(lastNumber, rows.lastIndexed[table.index])
            try db.statement("SELECT seq, item_key FROM \(table.rawValue) WHERE seq > ?").forEach({ $0.integer(after) }) { row in
                guard let key = ItemKey(row.blob(1)) else { return true }
                let isOlder = try search.olderNumber(of: key, in: table) != nil
                if isOlder || !keys.insert(key).inserted { twice += 1 }
                return true
            }
        }
    }

    /// The table with the row to which an entry leads; nil where it is of a row that has another number by now.
    private func table(of entry: KeyEntry) throws -> ItemTable? {
        try ItemTable.keyed.first { try rows.has(entry.number, entry.key, in: $0) }
    }
}
