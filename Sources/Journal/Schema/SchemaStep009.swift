import GRDB

/// What came under the id of a stored item and says something else, or was stored before a message completed it: by this it is known when it comes
/// again.
enum SchemaStep009 {
    static func apply(_ db: Database) throws { try db.execute(sql: differences) }

    // `fingerprint` is a digest of the item and of what it says, `item_key` that of the row which it differs from. What it says is in its delivery,
    // whose number is `seq` or a later one.
    private static let differences = """
        CREATE TABLE differences (
          fingerprint BLOB PRIMARY KEY NOT NULL,
          seq INTEGER NOT NULL,
          item_table TEXT NOT NULL,
          item_key BLOB NOT NULL,
          delivery_id TEXT
        ) WITHOUT ROWID;
        """
}
