import SQLiteStore

/// Inserts, changes and removes runs.
struct KeyRunTable {
    private let insertStatement: PreparedStatement
    private let advanceStatement: PreparedStatement
    private let mergeStatement: PreparedStatement
    private let coverStatement: PreparedStatement
    private let deleteStatement: PreparedStatement
    private let clearStatements: [PreparedStatement]
    private let insertBucketStatement: PreparedStatement
    private let insertFilterStatement: PreparedStatement
    /// Deletes buckets, then filters.
    private let removeStatements: [PreparedStatement]

    init(_ db: Database) throws {
        insertStatement = try PreparedStatement(
            db, "INSERT INTO key_runs (run, level, parts, written_parts, keys, last_seq, item_table) VALUES (?, ?, ?, ?, ?, ?, ?)")
        advanceStatement = try PreparedStatement(db, "UPDATE key_runs SET written_parts = ?, keys = ? WHERE run = ?")
        mergeStatement = try PreparedStatement(db, "UPDATE key_runs SET merged_into = ? WHERE run = ?")
        coverStatement = try PreparedStatement(db, "UPDATE key_runs SET last_seq = ?1 WHERE last_seq > ?1")
        deleteStatement = try PreparedStatement(db, "DELETE FROM key_runs WHERE run = ?")
        clearStatements = try ["key_pages", "key_filters"].map { try PreparedStatement(db, "DELETE FROM \($0) WHERE id >= ? AND id < ?") }
        insertBucketStatement = try PreparedStatement(db, "INSERT INTO key_pages (id, keys) VALUES (?, ?)")
        insertFilterStatement = try PreparedStatement(db, "INSERT INTO key_filters (id, filter) VALUES (?, ?)")
        removeStatements = try ["key_pages", "key_filters"].map { table in
            try PreparedStatement(
                db, "DELETE FROM \(table) WHERE id IN (SELECT id FROM \(table) WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)")
        }
    }

    /// Deletes rows that have the number of a run which is about to be created: damage, or an operator's SQL, may have removed only the row
    /// of a former run from `key_runs`.
    func makeRoom(for run: KeyRun) throws {
        for statement in clearStatements {
            try statement.run { row in
                row.integer(KeyPages.id(0, of: run.number))
                row.integer(KeyPages.id(0, of: run.number + 1))
            }
        }
    }

    func insert(_ run: KeyRun) throws {
        try insertStatement.run { row in
            row.integer(run.number)
            row.integer(Int64(run.level))
            row.integer(Int64(run.parts))
            row.integer(Int64(run.writtenParts))
            row.integer(Int64(run.keys))
            row.integer(run.lastNumber)
            row.text(run.table?.rawValue)
        }
    }

    /// Updates the number of written parts of a run.
    func advance(_ run: KeyRun) throws {
        try advanceStatement.run { row in
            row.integer(Int64(run.writtenParts))
            row.integer(Int64(run.keys))
            row.integer(run.number)
        }
    }

    /// Stores the run into which a run is merged.
    func merge(_ run: KeyRun) throws {
        try mergeStatement.run { row in
            row.integer(run.target)
            row.integer(run.number)
        }
    }

    /// Limits all runs to covering the rows up to a number.
    func cover(to number: Int64) throws { try coverStatement.run { $0.integer(number) } }

    /// Writes the next part of a run; returns the part's filter.
    func write(_ entries: [KeyEntry], to run: inout KeyRun) throws -> KeyFilter {
        var buckets = Array(repeating: [UInt8](), count: KeyRun.bucketsAPart)
        let first = run.writtenParts * KeyRun.bucketsAPart
        for entry in entries { entry.append(to: &buckets[run.bucket(of: entry.key) - first]) }
        for (index, bucket) in buckets.enumerated() where !bucket.isEmpty {
            try insertBucketStatement.run { row in
                row.integer(KeyPages.id(first + index, of: run.number))
                row.blob(bucket)
            }
        }
        let filter = KeyFilter(of: entries)
        try insertFilterStatement.run { row in
            row.integer(KeyPages.id(run.writtenParts, of: run.number))
            row.blob(filter.bytes)
        }
        run.writtenParts += 1
        return filter
    }

    /// Removes at most this many rows of a run; true once nothing of the run is left.
    func remove(_ run: KeyRun, rows limit: Int) throws -> Bool {
        var left = limit
        for statement in removeStatements {
            left -= try statement.run { row in
                row.integer(KeyPages.id(0, of: run.number))
                row.integer(KeyPages.id(0, of: run.number + 1))
                row.integer(Int64(left))
            }
            guard left > 0 else { return false }
        }
        try deleteStatement.run { $0.integer(run.number) }
        return true
    }
}
