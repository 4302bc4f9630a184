import SQLiteStore

extension JournalSchema {
    /// Replaces the indexes of ids that an earlier version left by ranges. This reads all rows of the indexes and frees many pages, so only
    /// a compaction does it, which rewrites the file.
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
