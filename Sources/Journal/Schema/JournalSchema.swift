import GRDB

/// The journal's tables, built step by step; a step that was shipped is never changed, only followed.
enum JournalSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("001 deliveries, messages, sessions") { db in
            for statement in [
                deliveries, contacts, identities, sessions, messages, statuses, events, deadLetters, changes, positions, probes,
            ] {
                try db.execute(sql: statement)
            }
        }
        migrator.registerMigration("002 blocks, refused deliveries, repeated dead letters") { db in
            for statement in [deliveryBlocks, refusedDeliveries, repeatedDeadLetters] { try db.execute(sql: statement) }
        }
        migrator.registerMigration("003 numbers that were left, application id") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: leftNumbers)
            try keepFormerGaps(db)
        }
        migrator.registerMigration("004 size and age of dead letters") { try $0.execute(sql: deadLetterRetention) }
        return migrator
    }

    /// Throws `unusable` where a file is another program's, or was written by a later version of this one. An empty file is neither, nor is
    /// one whose first start ended before its first step: that leaves GRDB's own table, with nothing in it.
    static func requireOurs(_ db: Database) throws {
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name NOT LIKE 'grdb%'") ?? 0
        let known = migrator.migrations
        let applied = try migrator.appliedIdentifiers(db)
        guard tables > 0 || !applied.isEmpty else { return }
        guard applied.contains(known[0]) else { throw JournalError(.unusable, reason: "is another program's SQLite file") }
        guard let later = applied.subtracting(known).sorted().last else { return }
        throw JournalError(
            .unusable,
            reason: """
                was written by a later version (its tables are at “\(later)”, this version knows “\(known.last ?? "")”). Install that version, or \
                restore a backup.
                """)
    }

    /// Throws `unusable` where the tables are not those of this version.
    static func requireCurrent(_ db: Database) throws {
        try requireOurs(db)
        guard try migrator.hasCompletedMigrations(db) else {
            throw JournalError(.unusable, reason: "was written by an earlier version: the next start of the gateway upgrades it")
        }
    }

    // `seq` numbers what is stored in the order of its commit, one sequence over all tables that have it: what lies after a position is what
    // the sync has not carried yet, at no cost to the writer. VACUUM keeps it, unlike a rowid. A delivery has the number of its last item.
    private static let deliveries = """
        CREATE TABLE deliveries (
          last_seq INTEGER PRIMARY KEY,
          delivery_id TEXT NOT NULL UNIQUE,
          adapter TEXT NOT NULL,
          account TEXT NOT NULL,
          received_at TEXT NOT NULL,
          method TEXT NOT NULL,
          target TEXT NOT NULL,
          headers TEXT NOT NULL,
          body BLOB NOT NULL
        );
        """

    // A contact that turned out to be another keeps its row and points there, so that what names it stays true.
    private static let contacts = """
        CREATE TABLE contacts (
          contact_id TEXT PRIMARY KEY NOT NULL,
          phone TEXT,
          customer_id TEXT,
          display_name TEXT,
          created_at TEXT NOT NULL,
          updated_at TEXT NOT NULL,
          merged_into TEXT
        );
        CREATE UNIQUE INDEX contacts_phone ON contacts (phone) WHERE phone IS NOT NULL;
        """

    private static let identities = """
        CREATE TABLE identities (
          kind TEXT NOT NULL,
          scope TEXT NOT NULL,
          value TEXT NOT NULL,
          contact_id TEXT NOT NULL,
          first_seen TEXT NOT NULL,
          PRIMARY KEY (kind, scope, value)
        ) WITHOUT ROWID;
        CREATE INDEX identities_contact ON identities (contact_id);
        """

    // No index holds last_activity or expires_at: a message then rewrites one page of this table and none of an index.
    private static let sessions = """
        CREATE TABLE sessions (
          session_id TEXT PRIMARY KEY NOT NULL,
          customer_id TEXT,
          phone TEXT,
          channel TEXT NOT NULL,
          session_token TEXT NOT NULL,
          status TEXT NOT NULL CHECK (status IN ('active', 'logged_out', 'expired', 'merged')),
          created_at TEXT NOT NULL,
          last_activity TEXT NOT NULL,
          expires_at TEXT NOT NULL,
          metadata TEXT NOT NULL DEFAULT '{}',
          contact_id TEXT NOT NULL
        );
        CREATE UNIQUE INDEX sessions_token ON sessions (session_token);
        CREATE UNIQUE INDEX sessions_one_active_per_contact ON sessions (contact_id) WHERE status = 'active';
        CREATE INDEX sessions_phone ON sessions (phone);
        """

    private static let messages = """
        CREATE TABLE messages (
          seq INTEGER PRIMARY KEY,
          message_id TEXT NOT NULL UNIQUE,
          session_id TEXT,
          contact_id TEXT,
          provider TEXT NOT NULL,
          account TEXT NOT NULL,
          line TEXT,
          external_id TEXT NOT NULL,
          channel TEXT NOT NULL,
          direction TEXT NOT NULL,
          sender TEXT,
          type TEXT NOT NULL,
          text TEXT,
          content TEXT NOT NULL,
          context TEXT,
          sent_at TEXT NOT NULL,
          received_at TEXT NOT NULL,
          delivery_id TEXT NOT NULL,
          item_key BLOB NOT NULL
        );
        CREATE UNIQUE INDEX messages_item ON messages (item_key);
        """

    private static let statuses = """
        CREATE TABLE message_statuses (
          seq INTEGER PRIMARY KEY,
          provider TEXT NOT NULL,
          account TEXT NOT NULL,
          line TEXT,
          external_id TEXT NOT NULL,
          status TEXT NOT NULL,
          occurred_at TEXT NOT NULL,
          received_at TEXT NOT NULL,
          recipient TEXT,
          errors TEXT,
          detail TEXT,
          delivery_id TEXT NOT NULL,
          item_key BLOB NOT NULL
        );
        CREATE UNIQUE INDEX message_statuses_item ON message_statuses (item_key);
        CREATE VIEW message_status_current AS
          SELECT provider, account, line, external_id, status, occurred_at, received_at, recipient, errors, detail, delivery_id
          FROM (
            SELECT *, row_number() OVER (
              PARTITION BY provider, account, external_id, recipient
              ORDER BY CASE status
                WHEN 'deleted' THEN 6 WHEN 'played' THEN 5 WHEN 'read' THEN 4 WHEN 'delivered' THEN 3
                WHEN 'failed' THEN 2 WHEN 'undelivered' THEN 2 WHEN 'rejected' THEN 2 WHEN 'sent' THEN 1 ELSE 0 END DESC,
                occurred_at DESC
            ) AS place
            FROM message_statuses
          ) WHERE place = 1;
        """

    private static let events = """
        CREATE TABLE events (
          seq INTEGER PRIMARY KEY,
          event_id TEXT NOT NULL UNIQUE,
          kind TEXT NOT NULL CHECK (kind IN ('activity', 'notice', 'identity', 'unsupported')),
          type TEXT NOT NULL,
          session_id TEXT,
          contact_id TEXT,
          provider TEXT NOT NULL,
          account TEXT NOT NULL,
          line TEXT,
          external_id TEXT NOT NULL,
          data TEXT NOT NULL,
          occurred_at TEXT NOT NULL,
          received_at TEXT NOT NULL,
          delivery_id TEXT NOT NULL,
          item_key BLOB NOT NULL
        );
        CREATE UNIQUE INDEX events_item ON events (item_key);
        """

    // The fingerprint makes a repeated unreadable item one dead letter: such an item has no id of its own.
    private static let deadLetters = """
        CREATE TABLE dead_letters (
          seq INTEGER PRIMARY KEY,
          dead_letter_id TEXT NOT NULL UNIQUE,
          stage TEXT NOT NULL CHECK (stage IN ('normalize', 'sync')),
          reason TEXT NOT NULL,
          detail TEXT,
          delivery_id TEXT,
          record TEXT NOT NULL,
          created_at TEXT NOT NULL,
          resolved_at TEXT,
          fingerprint TEXT NOT NULL
        );
        CREATE UNIQUE INDEX dead_letters_fingerprint ON dead_letters (fingerprint);
        CREATE INDEX dead_letters_delivery ON dead_letters (delivery_id);
        """

    // That a contact, its identities or one of its sessions changed, other than by an item that moved the session's times.
    private static let changes = """
        CREATE TABLE changes (
          seq INTEGER PRIMARY KEY,
          contact_id TEXT NOT NULL,
          session_id TEXT,
          changed_at TEXT NOT NULL
        );
        """

    // Up to where a database has everything, by what the database is called in the settings.
    private static let positions = """
        CREATE TABLE sync_positions (
          target TEXT PRIMARY KEY NOT NULL,
          seq INTEGER NOT NULL,
          updated_at TEXT NOT NULL
        );
        """

    // One row, rewritten to see whether the journal can be written to.
    private static let probes = "CREATE TABLE probes (id INTEGER PRIMARY KEY, probed_at TEXT NOT NULL)"
}

// Step 002.
extension JournalSchema {
    // Some hundreds of deliveries, compressed together (Docs/Decisions/0010). The numbers of a block's deliveries lie between the two that it
    // names, and no two blocks overlap; of the ids and times it names the smallest and the largest.
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

    // `bytes_so_far` counts the bytes of every one that was ever kept: the difference of two is what lies between them.
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

    // How often the same one came, and when last; null where it came once.
    private static let repeatedDeadLetters = """
        ALTER TABLE dead_letters ADD COLUMN occurrences INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE dead_letters ADD COLUMN last_seen_at TEXT;
        CREATE INDEX dead_letters_unsettled ON dead_letters (delivery_id) WHERE resolved_at IS NULL;
        """
}

// Step 003.
extension JournalSchema {
    /// What tells a journal from other programs' SQLite files: "SWBJ".
    static let applicationID: Int32 = 0x5357_424A

    // A number whose row was removed or renumbered on purpose: any other number that is missing belongs to a row that was lost.
    private static let leftNumbers = """
        CREATE TABLE left_numbers (seq INTEGER PRIMARY KEY);
        CREATE TRIGGER dead_letters_renumbered AFTER UPDATE OF seq ON dead_letters WHEN new.seq <> old.seq
        BEGIN INSERT OR IGNORE INTO left_numbers (seq) VALUES (old.seq); END;
        CREATE TRIGGER dead_letters_removed AFTER DELETE ON dead_letters
        BEGIN INSERT OR IGNORE INTO left_numbers (seq) VALUES (old.seq); END;
        """

    /// Settling a dead letter left its number before this table was there: what is missing by now is taken as left.
    private static func keepFormerGaps(_ db: Database) throws {
        let numbers = NumberedTables.all.map { "SELECT seq FROM \($0.name)" }.joined(separator: " UNION ALL ")
        let missing = try Int.fetchOne(db, sql: "SELECT coalesce(max(seq), 0) - count(*) FROM (\(numbers))") ?? 0
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

// Step 004.
extension JournalSchema {
    // One row, what all dead letters come to: counted where they come and go, so that nobody has to read them to know.
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
