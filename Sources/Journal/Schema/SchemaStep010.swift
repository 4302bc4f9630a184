import GRDB
import SQLiteStore

/// Keys of items in runs, which replace indexes (Docs/Decisions/0012).
enum SchemaStep010 {
    static func apply(_ db: Database) throws {
        // The schema is changed before tables are created, because creating them makes other connections read the schema again.
        let ends = try ["messages", "message_statuses", "events"].map { ($0, try endIndex(of: $0, db)) }
        try db.execute(sql: tables)
        for (table, end) in ends where end > 0 {
            try db.execute(sql: "INSERT INTO indexed_rows (item_table, last_seq) VALUES (?, ?)", arguments: [table, end])
        }
    }

    /// Limits a table's index to the existing rows. Creating another index would take minutes, so only its definition in the schema is
    /// changed (<https://www.sqlite.org/pragma.html#pragma_writable_schema>). Returns the number of the last row.
    private static func endIndex(of table: String, _ db: Database) throws -> Int64 {
        let end = try db.statement("SELECT max(seq) FROM \(table)").first { $0.integer(0) } ?? 0
        guard end > 0 else {
            try db.execute(sql: "DROP INDEX \(table)_item")
            return 0
        }
        let index = "CREATE UNIQUE INDEX \(table)_item ON \(table) (item_key) WHERE seq <= \(end)"
        try db.execute(sql: "PRAGMA writable_schema = ON")
        try db.execute(
            sql: "UPDATE sqlite_schema SET sql = ? WHERE type = 'index' AND name = ?", arguments: [index, "\(table)_item"])
        try db.execute(sql: "PRAGMA writable_schema = RESET")
        return end
    }

    // `indexed_rows` has the number up to which an index covers a table's rows. The `id` of a bucket is its run's number, shifted by 32
    // bits, plus the bucket's number; that of a filter is composed likewise from the number of its part. Until all parts of a run are
    // written, lookups use the runs that are merged into it, or the index of `item_table`.
    private static let tables = """
        CREATE TABLE indexed_rows (item_table TEXT PRIMARY KEY NOT NULL, last_seq INTEGER NOT NULL);
        CREATE TABLE key_runs (
          run INTEGER PRIMARY KEY,
          level INTEGER NOT NULL,
          parts INTEGER NOT NULL,
          written_parts INTEGER NOT NULL,
          keys INTEGER NOT NULL,
          last_seq INTEGER NOT NULL,
          merged_into INTEGER,
          item_table TEXT
        );
        CREATE TABLE key_pages (id INTEGER PRIMARY KEY, keys BLOB NOT NULL);
        CREATE TABLE key_filters (id INTEGER PRIMARY KEY, filter BLOB NOT NULL);
        """
}
