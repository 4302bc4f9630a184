import SQLiteStore

/// The keys of all stored items, as the writer sees them within its transaction: recent keys in memory, all older ones in runs.
/// A key only leads to a row number; an item is stored if that row exists and has the key.
final class StoredKeys {
    private let db: Database
    private let sizes: KeySizes
    private var rows: KeyedRows
    /// Whether the file had an index when it was opened.
    private let hadIndex: Bool
    private let pages: KeyPages
    private let table: KeyRunTable
    /// The keys of the rows after the last number that runs cover.
    private var recent: [ItemKey: Int64] = [:]
    private var runs: [KeyRun] = []
    /// The runs that are searched: `runs.answering`.
    private var answering: [KeyRun] = []
    /// The number of written parts of each run after the last commit. Parts that a failed transaction wrote do not count: other parts will
    /// take their place.
    private var committedParts: [Int64: Int] = [:]
    private var isKnown = false
    /// The number up to which the rows' keys have been read; nil once all have been read.
    private var lastRead: Int64?

    init(_ db: Database, _ sizes: KeySizes) throws {
        self.db = db
        self.sizes = sizes
        rows = try KeyedRows(db)
        hadIndex = rows.hasIndex
        pages = try KeyPages(db)
        table = try KeyRunTable(db)
    }

    /// Called in each transaction before the first lookup. False if not all recent keys have been read yet: the transaction must then be
    /// committed as it is, and another one begun.
    func begin(after sequence: LogSequence) throws -> Bool {
        if !isKnown {
            try load(after: sequence.lastItem)
            committed()
            isKnown = true
        }
        return try readRecent(to: sequence.last)
    }

    /// Called after a commit: everything in memory is now in the file.
    func committed() { committedParts = Dictionary(runs.map { ($0.number, $0.writtenParts) }) { _, later in later } }

    /// Marks everything in memory as unreliable, after a rollback or after another process wrote.
    func forget() {
        isKnown = false
        runs.removeAll { committedParts[$0.number] == nil }
        for index in runs.indices {
            let parts = committedParts[runs[index].number] ?? 0
            runs[index].filter?.cut(to: parts)
        }
    }

    /// The number of the row that has a key; nil if there is none.
    func number(of bytes: [UInt8], in itemTable: ItemTable) throws -> Int64? {
        guard let key = ItemKey(bytes) else { return nil }
        if let number = recent[key], try rows.has(number, key, in: itemTable) { return number }
        for run in answering where run.filter?.mayHave(key, in: run.part(of: key)) ?? true {
            for number in try pages.numbers(of: key, in: run) where try rows.has(number, key, in: itemTable) { return number }
        }
        return try rows.indexedNumber(of: key, in: itemTable)
    }

    /// Adds the key of a row that was stored with this number, or got it as its new number.
    func add(_ bytes: [UInt8], _ number: Int64) {
        if let key = ItemKey(bytes) { recent[key] = number }
    }

    /// Called last in each transaction: writes the recent keys as a run if there are enough of them, and continues merges.
    func writeDueRuns() throws {
        guard recent.count >= sizes.keysAPart, let last = recent.values.max() else { return }
        try writeRecent(through: last)
    }

    /// Writes the recent keys as a run. They are the keys of all rows up to `last` that are in no run.
    private func writeRecent(through last: Int64) throws {
        var run = KeyRun(
            number: nextNumber, level: sizes.level(of: recent.count), parts: sizes.parts(of: recent.count), keys: recent.count,
            lastNumber: last)
        try table.makeRoom(for: run)
        var parts = Array(repeating: [KeyEntry](), count: run.parts)
        for (key, number) in recent { parts[run.part(of: key)].append(KeyEntry(key: key, number: number)) }
        var filter = KeyFilter()
        for entries in parts { filter.append(try table.write(entries, to: &run)) }
        run.filter = filter
        try table.insert(run)
        runs.append(run)
        recent.removeAll(keepingCapacity: recent.count < 4 * sizes.keysAPart)
        try merge(parts: 2 * run.parts)
        boundFilters()
        answering = runs.answering
    }

    private var nextNumber: Int64 { (runs.last?.number ?? 0) + 1 }

    /// Reads the runs and recent keys from the file. Filters in memory stay valid for as many parts as the file has.
    private func load(after sequence: Int64) throws {
        let filters = Dictionary(runs.map { ($0.number, $0.filter) }) { _, later in later }
        runs = []
        // Another process may have copied an index into a run, or a transaction that did so was rolled back.
        if hadIndex { rows = try KeyedRows(db) }
        var loaded = try pages.runs()
        // Small runs first, so that the largest runs are those without a filter if memory is short.
        var room = sizes.filterMemory
        for index in loaded.indices.sorted(by: { loaded[$0].keys < loaded[$1].keys }) where !loaded.isReplaced(loaded[index]) {
            let run = loaded[index]
            room -= run.parts * KeyFilter.bytesAPart
            guard room >= 0 else { break }
            var filter = filters[run.number].flatMap { $0 } ?? KeyFilter()
            filter.cut(to: run.writtenParts)
            let rest = try pages.filter(of: run, from: filter.bytes.count / KeyFilter.bytesAPart)
            loaded[index].filter = rest.map { rest in
                filter.append(rest)
                return filter
            }
        }
        runs = loaded
        answering = loaded.answering
        recent = [:]
        try disown(after: sequence)
        lastRead = runs.lastNumber
    }

    /// If runs claim to cover rows that do not exist, reduces the covered numbers to the last one that is certainly correct, so that the
    /// keys of all later rows are read again. This happens if an operator deleted the rows with the highest numbers by SQL, so that new
    /// rows get these numbers, or if the file was damaged. Some keys are then in two runs.
    private func disown(after sequence: Int64) throws {
        guard runs.lastNumber > sequence else { return }
        let sure = runs.map(\.lastNumber).filter { $0 <= sequence }.max() ?? 0
        try table.cover(to: sure)
        for index in runs.indices { runs[index].lastNumber = min(runs[index].lastNumber, sure) }
    }

    /// Reads the recent keys that have not been read yet. False if there are more than memory should hold: those that were read are written
    /// as a run, the transaction ends with it, and the next one continues.
    private func readRecent(to sequence: Int64) throws -> Bool {
        guard var last = lastRead else { return true }
        repeat {
            let end = min(last + Int64(sizes.rowsAReading), sequence)
            recent.merge(try rows.recent(after: last, to: end)) { max($0, $1) }
            last = end
        } while last < sequence && recent.count < sizes.rowsAReading / 2
        guard last < sequence else {
            lastRead = nil
            return true
        }
        try writeRecent(through: last)
        lastRead = last
        return false
    }

    /// Drops the filters of the largest runs until the rest fits into memory.
    private func boundFilters() {
        var bytes = runs.reduce(0) { $0 + ($1.filter?.bytes.count ?? 0) }
        for index in runs.indices.sorted(by: { runs[$0].keys > runs[$1].keys }) where bytes > sizes.filterMemory {
            bytes -= runs[index].filter?.bytes.count ?? 0
            runs[index].filter = nil
        }
    }
}

// Merging.
extension StoredKeys {
    /// Starts the merges that are due, and writes at most `parts` further parts of each merge in progress.
    private func merge(parts: Int) throws {
        try removeReplaced(rows: parts * KeyRun.rowsAPart)
        for level in Set(runs.map(\.level)).sorted() { try beginMerge(of: level) }
        for index in runs.indices where !runs[index].isComplete && runs[index].table == nil {
            let sources = runs.filter { $0.target == runs[index].number }
            for _ in 0..<parts where !runs[index].isComplete { try mergePart(of: sources, into: index) }
            try table.advance(runs[index])
            guard runs[index].isComplete else { continue }
            // The merged runs are no longer searched.
            for source in runs.indices where runs[source].target == runs[index].number { runs[source].filter = nil }
        }
    }

    /// Starts a merge of a level's runs if there are enough of them. Only one merge per level runs at a time.
    private func beginMerge(of level: Int) throws {
        let due = runs.indices.filter { runs[$0].level == level && runs[$0].isComplete && runs[$0].target == nil }.prefix(sizes.runsAMerge)
        let isMerging = runs.contains { $0.level == level + 1 && !$0.isComplete && $0.table == nil }
        guard due.count == sizes.runsAMerge, !isMerging else { return }
        let keys = due.reduce(0) { $0 + runs[$1].keys }
        let last = due.map { runs[$0].lastNumber }.max() ?? 0
        let run = KeyRun(
            number: nextNumber, level: level + 1, parts: sizes.parts(of: keys), keys: keys, lastNumber: last, filter: KeyFilter())
        try table.makeRoom(for: run)
        try table.insert(run)
        for index in due {
            runs[index].target = run.number
            try table.merge(runs[index])
        }
        runs.append(run)
    }

    private func mergePart(of sources: [KeyRun], into index: Int) throws {
        let part = runs[index].writtenParts
        var entries: [KeyEntry] = []
        for source in sources {
            entries += try pages.entries(in: source.buckets(meeting: part, of: runs[index]), of: source)
                .filter { runs[index].part(of: $0.key) == part }
        }
        try write(entries, to: index)
    }

    private func write(_ entries: [KeyEntry], to index: Int) throws {
        let filter = try table.write(entries, to: &runs[index])
        runs[index].filter?.append(filter)
    }

    /// For each finished merge, deletes some rows of one of the runs that it replaced.
    private func removeReplaced(rows: Int) throws {
        let replaced = runs.filter { runs.isReplaced($0) }
        for target in Set(replaced.compactMap(\.target)) {
            guard let run = replaced.first(where: { $0.target == target }) else { continue }
            if try table.remove(run, rows: rows) { runs.removeAll { $0.number == run.number } }
        }
    }
}

// Indexes of earlier versions.
extension StoredKeys {
    /// Writes the next part of the run that replaces an index; false once no index is left.
    func takeOverIndex() throws -> Bool {
        guard let itemTable = ItemTable.keyed.first(where: { rows.lastIndexed[$0.index] > 0 }) else { return false }
        let index = try runs.firstIndex { $0.table == itemTable && !$0.isComplete } ?? beginTakeover(of: itemTable)
        let entries = try rows.indexedEntries(of: runs[index].writtenParts, of: runs[index], in: itemTable)
        runs[index].keys += entries.count
        try write(entries, to: index)
        try table.advance(runs[index])
        guard runs[index].isComplete else { return true }
        try rows.forgetIndex(of: itemTable, db)
        rows = try KeyedRows(db)
        boundFilters()
        answering = runs.answering
        return true
    }

    private func beginTakeover(of itemTable: ItemTable) throws -> Int {
        let keys = try rows.indexedCount(of: itemTable, db)
        let run = KeyRun(
            number: nextNumber, level: sizes.level(of: keys), parts: sizes.parts(of: keys), keys: 0,
            lastNumber: rows.lastIndexed[itemTable.index], table: itemTable, filter: KeyFilter())
        try table.makeRoom(for: run)
        try table.insert(run)
        runs.append(run)
        return runs.count - 1
    }
}
