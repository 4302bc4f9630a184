import GRDB

/// Compressed deliveries, refused deliveries, and repeated dead letters.
enum SchemaStep002 {
    static func apply(_ db: Database) throws {
        for statement in [deliveryBlocks, refusedDeliveries, repeatedDeadLetters] { try db.execute(sql: statement) }
    }

    // Blocks of some hundred deliveries, compressed together (Docs/Decisions/0010). The numbers of a block's deliveries are between its
    // first and last number, and no two blocks overlap. Its ids and times are the smallest and the largest of its deliveries.
    private static let deliveryBlocks = """
        CREATE TABLE delivery_blocks (
          first_seq INTEGER PRIMARY KEY,
          last_seq INTEGER NOT NULL,
          first_id TEXT NOT NULL,
          last_id TEXT NOT NULL,
          first_received_at TEXT NOT NULL,
          last_received_at TEXT NOT NULL,
          count INTEGER NOT NULL,
          raw_bytes INTEGER NOT NULL,
          data BLOB NOT NULL
        );
        CREATE INDEX delivery_blocks_ids ON delivery_blocks (last_id, first_id);
        """

    // `bytes_so_far` is the running total of bytes of all refused deliveries ever kept: the difference between two rows is the size of what
    // is between them.
    private static let refusedDeliveries = """
        CREATE TABLE refused_deliveries (
          refused_seq INTEGER PRIMARY KEY,
          bytes_so_far INTEGER NOT NULL UNIQUE,
          delivery_id TEXT NOT NULL UNIQUE,
          adapter TEXT NOT NULL,
          account TEXT NOT NULL,
          received_at TEXT NOT NULL,
          method TEXT NOT NULL,
          target TEXT NOT NULL,
          headers TEXT NOT NULL,
          body BLOB NOT NULL,
          status INTEGER NOT NULL,
          reason TEXT NOT NULL
        );
        """

    // How often the same dead letter occurred, and when last; the time is null if it occurred once.
    private static let repeatedDeadLetters = """
        ALTER TABLE dead_letters ADD COLUMN occurrences INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE dead_letters ADD COLUMN last_seen_at TEXT;
        CREATE INDEX dead_letters_unsettled ON dead_letters (delivery_id) WHERE resolved_at IS NULL;
        """
}
