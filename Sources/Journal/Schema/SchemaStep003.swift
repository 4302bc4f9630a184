import GRDB
import SQLiteStore

/// Numbers that rows left on purpose, and the application id of journals.
enum SchemaStep003 {
    static func apply(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(JournalSchema.applicationID)")
        try db.execute(sql: leftNumbers)
        try keepFormerGaps(db)
    }

    // The numbers of rows that were removed or renumbered on purpose: any other missing number means that a row was lost.
    private static let leftNumbers = """
        CREATE TABLE left_numbers (seq INTEGER PRIMARY KEY);
        CREATE TRIGGER dead_letters_renumbered AFTER UPDATE OF seq ON dead_letters WHEN new.seq <> old.seq
        BEGIN INSERT OR IGNORE INTO left_numbers (seq) VALUES (old.seq); END;
        CREATE TRIGGER dead_letters_removed AFTER DELETE ON dead_letters
        BEGIN INSERT OR IGNORE INTO left_numbers (seq) VALUES (old.seq); END;
        """

    /// Before this table existed, resolving a dead letter already left its number unused: all numbers that are missing now are recorded as
    /// left on purpose.
    private static func keepFormerGaps(_ db: Database) throws {
        let numbers = NumberedTables.all.map { "SELECT seq FROM \($0.name)" }.joined(separator: " UNION ALL ")
        let missing = try db.statement("SELECT coalesce(max(seq), 0) - count(*) FROM (\(numbers))").first { $0.integer(0) } ?? 0
        guard missing > 0 else { return }
        try db.execute(
            sql: """
                WITH RECURSIVE
                  edges AS (SELECT seq, lead(seq) OVER (ORDER BY seq) AS following FROM (SELECT 0 AS seq UNION ALL \(numbers))),
                  missing (seq, last) AS (
                    SELECT seq + 1, following - 1 FROM edges WHERE following > seq + 1
                    UNION ALL SELECT seq + 1, last FROM missing WHERE seq < last)
                INSERT INTO left_numbers (seq) SELECT seq FROM missing
                """)
    }
}
