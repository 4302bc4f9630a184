import SQLiteStore

extension JournalSchema {
    /// Writes all ranges anew, in place of the indexes of ids that an earlier version left, and of ranges that somebody deleted or changed
    /// by SQL. This reads all rows and may free many pages, so only a compaction does it, which rewrites the file.
    static func rewriteIDRanges(_ db: Database) throws {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'id_ranges'"
        guard try db.statement(sql).first({ _ in true }) != nil else { return }
        let covered = try IDRangeTable.covered(db)
        try db.transact {
            try db.statement("DELETE FROM id_ranges").run { _ in }
            try IDRangeTable(db).writeAll(through: covered)
            for table in IdentifiedTable.allCases { try db.statement("DROP INDEX IF EXISTS \(table.index)").run { _ in } }
            try db.statement("DELETE FROM indexed_ids").run { _ in }
        }
    }
}
