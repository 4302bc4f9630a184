import SQLiteStore

/// Reads runs from `key_runs`, `key_pages` and `key_filters`.
/// Each query is read to its end: a column reads as null if memory was short for it, and only the next step reports that error.
struct KeyPages {
    private let runsStatement: PreparedStatement
    private let bucketStatement: PreparedStatement
    private let bucketsStatement: PreparedStatement
    private let filtersStatement: PreparedStatement

    init(_ db: Database) throws {
        runsStatement = try PreparedStatement(
            db, "SELECT run, level, parts, written_parts, keys, last_seq, merged_into, item_table FROM key_runs ORDER BY run")
        bucketStatement = try PreparedStatement(db, "SELECT keys FROM key_pages WHERE id = ?")
        bucketsStatement = try PreparedStatement(db, "SELECT keys FROM key_pages WHERE id BETWEEN ? AND ?")
        filtersStatement = try PreparedStatement(db, "SELECT filter FROM key_filters WHERE id BETWEEN ? AND ? ORDER BY id")
    }

    /// The row id of a bucket, or of a part's filter. The ids of a run are consecutive.
    static func id(_ place: Int, of run: Int64) -> Int64 { run << 32 | Int64(place) }

    /// The run and the place from which `id(_:of:)` made an id.
    static func place(of id: Int64) -> (run: Int64, place: Int) { (id >> 32, Int(id & 0xffff_ffff)) }

    /// All runs, without their filters. Throws if a row of `key_runs` is damaged: its values are impossible for a run.
    func runs() throws -> [KeyRun] {
        let runs = try runsStatement.all { row in
            KeyRun(
                number: row.integer(0), level: Int(row.integer(1)), parts: Int(row.integer(2)), writtenParts: Int(row.integer(3)),
                keys: Int(row.integer(4)), lastNumber: row.integer(5), target: row.isNull(6) ? nil : row.integer(6),
                table: row.string(7).flatMap { ItemTable(rawValue: $0) })
        }
        if let run = runs.first(where: { !$0.isPossible }) {
            throw SQLiteError.damage("the row of run \(run.number) in key_runs is damaged")
        }
        return runs
    }

    /// The row numbers that a run has for a key.
    func numbers(of key: ItemKey, in run: KeyRun) throws -> [Int64] {
        var numbers: [Int64] = []
        try bucketStatement.forEach({ $0.integer(Self.id(run.bucket(of: key), of: run.number)) }) { row in
            numbers = KeyEntry.numbers(of: key, in: row.blob(0))
            return true
        }
        return numbers
    }

    /// The entries of a range of buckets.
    func entries(in buckets: ClosedRange<Int>, of run: KeyRun) throws -> [KeyEntry] {
        var entries: [KeyEntry] = []
        try bucketsStatement.forEach({
            $0.integer(Self.id(buckets.lowerBound, of: run.number))
            $0.integer(Self.id(buckets.upperBound, of: run.number))
        }) { row in
            entries += KeyEntry.all(in: row.blob(0))
            return true
        }
        return entries
    }

    /// The filters of a run's written parts, from the given part on; nil if some are missing, so that the run must be read for every key.
    func filter(of run: KeyRun, from part: Int = 0) throws -> KeyFilter? {
        guard part < run.writtenParts else { return KeyFilter() }
        var filter = KeyFilter()
        try filtersStatement.forEach({
            $0.integer(Self.id(part, of: run.number))
            $0.integer(Self.id(run.writtenParts - 1, of: run.number))
        }) { row in
            filter.append(KeyFilter(row.blob(0)))
            return true
        }
        return filter.bytes.count == (run.writtenParts - part) * KeyFilter.bytesAPart ? filter : nil
    }
}

extension [KeyRun] {
    /// The runs that are searched for keys: complete, and not yet replaced by the run into which they were merged.
    var answering: [KeyRun] { filter { $0.isComplete && !isReplaced($0) } }

    /// Whether the run into which a run is merged is complete.
    func isReplaced(_ run: KeyRun) -> Bool { run.target.map { target in contains { $0.number == target && $0.isComplete } } ?? false }

    /// The number up to which runs have the keys of all rows.
    var lastNumber: Int64 { map(\.lastNumber).max() ?? 0 }
}
