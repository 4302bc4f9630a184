import GRDB
import SQLiteStore

/// Keys of items in runs, in place of indexes (Docs/Decisions/0012).
enum SchemaStep010 {
    static func apply(_ db: Database) throws {
        // The schema is changed first: the tables that are made then have other connections read it anew.
        let ends = try ["messages", "message_statuses", "events"].map { ($0, try endIndex(of: $0, db)) }
        try db.execute(sql: tables)
        for (table, end) in ends where end > 0 {
            try db.execute(sql: "INSERT INTO indexed_rows (item_table, last_seq) VALUES (?, ?)", arguments: [table, end])
        }
    }

    /// A table's index has the rows that there are, and none that come. Minutes would go by until another could be made of them, so the schema is
    /// told what the index is from now on (<https://www.sqlite.org/pragma.html#pragma_writable_schema>). Returns the number of the last row.
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

    // `indexed_rows` says up to which number an index has a table's rows. A bucket's `id` is its run's number, shifted by 32 bits, and its own; a
    // filter's likewise with that of its part. While fewer than all parts of a run are written, the runs that are merged into it answer,
    // or the index of `item_table`.
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
