import GRDB

/// What operators did, and the rows of each contact (Docs/Decisions/0020).
enum SchemaStep014 {
    static func apply(_ db: Database) throws {
        for statement in [actions, rowLists, mergedContacts] { try db.execute(sql: statement) }
    }

    // A row is inserted before its action begins, and gets its outcome when the action has ended. Nothing else about it ever changes.
    private static let actions = """
        CREATE TABLE operator_actions (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          at TEXT NOT NULL,
          operator TEXT NOT NULL,
          action TEXT NOT NULL,
          target TEXT NOT NULL,
          outcome TEXT,
          address TEXT
        );
        CREATE TRIGGER operator_actions_kept BEFORE DELETE ON operator_actions
        BEGIN SELECT RAISE(ABORT, 'operator_actions: rows are never deleted'); END;
        CREATE TRIGGER operator_actions_unchanged BEFORE UPDATE ON operator_actions
        WHEN old.outcome IS NOT NULL OR new.outcome IS NULL OR new.number <> old.number OR new.at <> old.at
          OR new.operator <> old.operator OR new.action <> old.action OR new.target <> old.target OR new.address IS NOT old.address
        BEGIN SELECT RAISE(ABORT, 'operator_actions: only a missing outcome may be added'); END;
        """

    // The numbers of a contact's messages, events and changes, of a session's changes, and of a message's statuses. `key` is a digest of
    // what they belong to, so that a reader compares the row itself. The lists are written later than the rows, many at a time: they are
    // complete up to the number in `listed_rows`.
    private static let rowLists = """
        CREATE TABLE row_lists (key INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID;
        CREATE TABLE listed_rows (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL);
        INSERT INTO listed_rows (id, seq) VALUES (1, 0);
        """

    // Finds the contacts that were merged into a contact; it has an entry for each merge, which are few.
    private static let mergedContacts = "CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL"
}
