import GRDB

/// The total size of dead letters, and indexes by their age.
enum SchemaStep004 {
    static func apply(_ db: Database) throws { try db.execute(sql: deadLetterRetention) }

    // A single row with the count and size of all dead letters, updated whenever one is inserted or deleted, so that they need not be read
    // to know it.
    private static let deadLetterRetention = """
        CREATE TABLE dead_letter_size (id INTEGER PRIMARY KEY CHECK (id = 1), letters INTEGER NOT NULL, bytes INTEGER NOT NULL);
        INSERT INTO dead_letter_size (id, letters, bytes)
          SELECT 1, count(*), coalesce(sum(\(letterBytes("d"))), 0) FROM dead_letters d;
        CREATE TRIGGER dead_letters_counted AFTER INSERT ON dead_letters
        BEGIN UPDATE dead_letter_size SET letters = letters + 1, bytes = bytes + \(letterBytes("new")); END;
        CREATE TRIGGER dead_letters_uncounted AFTER DELETE ON dead_letters
        BEGIN UPDATE dead_letter_size SET letters = letters - 1, bytes = bytes - \(letterBytes("old")); END;
        CREATE INDEX dead_letters_by_age ON dead_letters (coalesce(last_seen_at, created_at)) WHERE resolved_at IS NULL;
        CREATE INDEX dead_letters_by_resolution ON dead_letters (resolved_at) WHERE resolved_at IS NOT NULL;
        """

    private static func letterBytes(_ row: String) -> String {
        "(length(CAST(\(row).record AS BLOB)) + length(CAST(\(row).reason AS BLOB)) + 400)"
    }
}
