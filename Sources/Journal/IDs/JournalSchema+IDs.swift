import SQLiteStore

extension JournalSchema {
    /// Has ranges take the place of the indexes of ids that an earlier version left. All rows that these have are read, and pages become
    /// free: only a compaction does so, which writes the file anew.
    static func dropIDIndexes(_ db: Database) throws {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'indexed_ids'"
        guard try db.statement(sql).first({ _ in true }) != nil,
            let end = try db.statement("SELECT max(last_seq) FROM indexed_ids").first({ $0.integer(0) }), end > 0
        else { return }
        try db.transact {
            try IDRangeTable(db).writeAll(through: end)
            for table in IdentifiedTable.allCases { try db.statement("DROP INDEX IF EXISTS \(table.index)").run { _ in } }
            try db.statement("DELETE FROM indexed_ids").run { _ in }
        }
    }
}
