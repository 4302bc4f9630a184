import GRDB

/// Digests of items that differed from the stored item with the same id, and of rows before a message completed them, so that such an item
/// is recognized when it arrives again.
enum SchemaStep009 {
    static func apply(_ db: Database) throws { try db.execute(sql: differences) }

    // `fingerprint` is a digest of the item and its content; `item_key` is the key of the row from which it differs. The content itself is
    // in its delivery, whose number is `seq` or a later one.
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
