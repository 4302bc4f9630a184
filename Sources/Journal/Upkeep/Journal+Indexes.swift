import SQLiteStore
import Watchdog

extension Journal {
    /// The most parts of a run that are made from an index between two sweeps: some two million keys.
    private static let partsASweep = 1000

    /// Replaces the indexes that an earlier version left by runs, one part per transaction, so that new items need not be looked up in them
    /// (Docs/Decisions/0012). It continues at the next sweep, or at the next start.
    public func takeOverIndexes() async throws(JournalError) {
        for _ in 0..<Self.partsASweep {
            guard try await takeOverIndexPart() else { return }
            // Let other writes go first.
            do { try await Task.sleep(for: .milliseconds(3)) } catch { return }
        }
    }

    /// Writes the next part; false once no index is left.
    func takeOverIndexPart() async throws(JournalError) -> Bool {
        try await write(Work("taking over an index of keys")) { try $0.keys.takeOverIndex() }
    }
}

extension JournalSchema {
    /// Removes what earlier versions left and what is no longer needed.
    static func prepareCompaction(_ db: Database) throws {
        try dropReplacedIndexes(db)
        try rewriteIDRanges(db)
        try dropUnusedForms(db)
    }

    /// Removes the forms that no row uses, so that an account may get new ones. This reads all rows.
    private static func dropUnusedForms(_ db: Database) throws {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'delivery_forms'"
        guard try db.statement(sql).first({ _ in true }) != nil else { return }
        let used = "SELECT form_id FROM deliveries WHERE form_id IS NOT NULL"
        try db.statement("DELETE FROM delivery_forms WHERE form_id NOT IN (\(used))").run { _ in }
    }

    /// Removes the indexes that runs have replaced. Since their pages are many, only a compaction does this, which rewrites the file.
    private static func dropReplacedIndexes(_ db: Database) throws {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'indexed_rows'"
        guard try db.statement(sql).first({ _ in true }) != nil else { return }
        let rows = try KeyedRows(db)
        for table in ItemTable.keyed where rows.lastIndexed[table.index] == 0 {
            try db.statement("DROP INDEX IF EXISTS \(table.rawValue)_item").run { _ in }
        }
    }
}
