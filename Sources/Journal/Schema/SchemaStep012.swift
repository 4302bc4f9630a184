import GRDB
import SQLiteStore

/// Ranges of ids, which replace unique indexes (Docs/Decisions/0015).
enum SchemaStep012 {
    static func apply(_ db: Database) throws {
        let end = try lastNumber(db)
        // The schema is changed before tables are created, because creating them makes other connections read the schema again.
        let ids = [("messages", "message_id", "seq"), ("events", "event_id", "seq"), ("deliveries", "delivery_id", "last_seq")]
        let indexed = try ids.filter { try endIndex(of: $0.0, $0.1, $0.2, at: end, db) }.map(\.0)
        try db.execute(sql: tables)
        for table in indexed {
            try db.execute(sql: "INSERT INTO indexed_ids (item_table, last_seq) VALUES (?, ?)", arguments: [table, end])
        }
    }

    /// The last number that any row has or had.
    private static func lastNumber(_ db: Database) throws -> Int64 {
        let numbers = "\(NumberedTables.highestNumbers) UNION ALL SELECT max(last_seq) FROM deliveries"
        return try db.statement("SELECT max(seq) FROM (\(numbers))").first { $0.integer(0) } ?? 0
    }

    /// Limits the index of a table's ids, which SQLite created for the word UNIQUE, to the existing rows. As in step 010, no row is read:
    /// only the definitions of table and index in the schema are changed. False if the table is empty, in which case the index is removed.
    private static func endIndex(of table: String, _ id: String, _ number: String, at end: Int64, _ db: Database) throws -> Bool {
        let isEmpty = try db.statement("SELECT 1 FROM \(table) LIMIT 1").first { _ in true } == nil
        let (unique, plain) = ("\(id) TEXT NOT NULL UNIQUE", "\(id) TEXT NOT NULL")
        let index = "CREATE UNIQUE INDEX \(table)_id ON \(table) (\(id)) WHERE \(number) <= \(end)"
        try db.execute(sql: "PRAGMA writable_schema = ON")
        try db.execute(
            sql: "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
            arguments: [unique, plain, table, unique])
        try requireOne(db, table)
        try db.execute(
            sql: "UPDATE sqlite_schema SET name = ?, sql = ? WHERE type = 'index' AND name = ? AND sql IS NULL",
            arguments: ["\(table)_id", index, "sqlite_autoindex_\(table)_1"])
        try requireOne(db, table)
        try db.execute(sql: "PRAGMA writable_schema = RESET")
        if isEmpty { try db.execute(sql: "DROP INDEX \(table)_id") }
        return !isEmpty
    }

    /// Throws, so that nothing in the file changes, if the schema is not the one that the earlier steps created.
    private static func requireOne(_ db: Database, _ table: String) throws {
        guard db.changesCount != 1 else { return }
        throw JournalError(
            .unusable, reason: "its table \(table) is not as Switchboard made it, so it cannot be upgraded: restore a backup")
    }

    // `indexed_ids` has the number up to which an index covers a table's rows. A range covers the numbers from `first_seq` to `last_seq`,
    // over all tables together, and has the smallest and the largest id of their rows; null if none of them has an id.
    private static let tables = """
        CREATE TABLE indexed_ids (item_table TEXT PRIMARY KEY NOT NULL, last_seq INTEGER NOT NULL);
        CREATE TABLE id_ranges (
          last_seq INTEGER PRIMARY KEY,
          first_seq INTEGER NOT NULL,
          smallest TEXT,
          largest TEXT
        );
        CREATE INDEX id_ranges_ids ON id_ranges (largest, smallest);
        """
}
