import SQLiteStore

/// Checks all keys, one share after the other: each row has one entry that leads to it and is in the bucket where it is looked up, filters
/// contain all keys of their parts, and no two rows have the same key.
struct KeyCheck {
    private let db: Database
    private let rows: KeyedRows
    private let pages: KeyPages
    private let search: KeySearch
    private let all: [KeyRun]
    /// The runs in which keys are looked up.
    private let runs: [KeyRun]
    /// The number up to which rows have their keys in runs, or in an index.
    private let lastNumber: Int64
    /// The number of rows to which entries lead, in the order of `ItemTable.keyed`.
    private var found = ItemTable.keyed.map { _ in 0 }
    private var twice = 0
    private var filtered = 0

    /// The approximate number of entries that are checked together.
    private static let entriesAShare = 50_000

    init(_ db: Database) throws {
        self.db = db
        rows = try KeyedRows(db)
        pages = try KeyPages(db)
        search = try KeySearch(db)
        all = try pages.runs()
        lastNumber = all.lastNumber
        runs = try all.answering.map { [pages] run in
            var run = run
            run.filter = try pages.filter(of: run)
            return run
        }
    }

    mutating func addProblems(to problems: inout [String]) throws {
        try lookAtPages(&problems)
        for run in runs where run.filter == nil { problems.append("run \(run.number) of keys lacks filters") }
        // A run that is never written, whose parts are as wide as a share.
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

    /// The number of rows of a table that must have their keys in runs.
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
        var keys: [ItemKey: Int64] = [:]
        for run in runs {
            for entry in try pages.entries(in: run.buckets(meeting: part, of: share), of: run) where share.part(of: entry.key) == part {
                if let filter = run.filter, !filter.mayHave(entry.key, in: run.part(of: entry.key)) { filtered += 1 }
                // An entry in two runs leads to the same row from both, as after keys were read again.
                guard let table = try table(of: entry), keys[entry.key] != entry.number else { continue }
                let isIndexed = try rows.indexedNumber(of: entry.key, in: table) != nil
                let isFirst = keys.updateValue(entry.number, forKey: entry.key) == nil
                if !isFirst || isIndexed { twice += 1 } else if entry.number <= lastNumber { found[table.index] += 1 }
            }
        }
    }

    /// A recent key must not also be an older one, and no two recent rows may have the same key.
    private mutating func lookAtRecent() throws {
        for table in ItemTable.keyed {
            var keys: Set<ItemKey> = []
            let after = max(lastNumber, rows.lastIndexed[table.index])
            try db.statement("SELECT seq, item_key FROM \(table.rawValue) WHERE seq > ?").forEach({ $0.integer(after) }) { row in
                guard let key = ItemKey(row.blob(1)) else { return true }
                let older = try search.olderNumber(of: key, in: table)
                if older.map({ $0 != row.integer(0) }) ?? false || !keys.insert(key).inserted { twice += 1 }
                return true
            }
        }
    }

    /// The table of the row to which an entry leads; nil if that row has got another number.
    private func table(of entry: KeyEntry) throws -> ItemTable? {
        try ItemTable.keyed.first { try rows.has(entry.number, entry.key, in: $0) }
    }
}

// Checks that buckets and filters are where they are looked up.
extension KeyCheck {
    /// What a run's rows contain.
    private struct Found {
        var keys = 0
        var misplaced = 0
    }

    private func lookAtPages(_ problems: inout [String]) throws {
        let known = Dictionary(all.map { ($0.number, $0) }) { _, later in later }
        var found: [Int64: Found] = [:]
        var strays = 0
        try db.statement("SELECT id, keys FROM key_pages").forEach { row in
            let (number, place) = KeyPages.place(of: row.integer(0))
            guard let run = known[number], place < run.writtenParts * KeyRun.bucketsAPart else {
                strays += 1
                return true
            }
            let bucket = row.blob(1)
            let entries = KeyEntry.all(in: bucket)
            let isWhole = bucket.count == entries.count * KeyEntry.bytes
            found[number, default: Found()].keys += entries.count
            found[number, default: Found()].misplaced += entries.count { run.bucket(of: $0.key) != place } + (isWhole ? 0 : 1)
            return true
        }
        try db.statement("SELECT id FROM key_filters").forEach { row in
            let (number, part) = KeyPages.place(of: row.integer(0))
            if known[number].map({ part >= $0.writtenParts }) ?? true { strays += 1 }
            return true
        }
        if strays > 0 { problems.append("\(strays) rows of key_pages and key_filters are of no run") }
        for run in all {
            let found = found[run.number] ?? Found()
            if found.misplaced > 0 {
                problems.append("\(found.misplaced) keys of run \(run.number) are where they are not looked for")
            }
            // For a run that is being written, the count is an estimate, and a run that was replaced loses its rows.
            guard run.isComplete, !all.isReplaced(run) else { continue }
            if found.keys != run.keys { problems.append("run \(run.number) of keys has \(found.keys) rather than \(run.keys)") }
        }
    }
}
