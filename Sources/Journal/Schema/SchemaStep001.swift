import GRDB

/// Deliveries and their items; contacts, their identities and sessions; what the sync and probes need.
enum SchemaStep001 {
    static func apply(_ db: Database) throws {
        for statement in [
            deliveries, contacts, identities, sessions, messages, statuses, events, deadLetters, changes, positions, probes,
        ] {
            try db.execute(sql: statement)
        }
    }

    // `seq` numbers rows in the order of their commits, in one sequence over all tables that have this column. So the rows after a position
    // are those that the sync has not sent yet, which costs the writer nothing. Unlike a rowid, VACUUM keeps it. A delivery has the number
    // of its last item.
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

    // A contact that was merged into another keeps its row, which refers to the other, so that references to it stay valid.
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

    // No index contains last_activity or expires_at, so that a message rewrites one page of this table and none of an index.
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

    // An unreadable item has no id of its own; the fingerprint makes its repetitions one dead letter.
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

    // Changes of a contact, its identities or one of its sessions, except those of session times by an item.
    private static let changes = """
        CREATE TABLE changes (
          seq INTEGER PRIMARY KEY,
          contact_id TEXT NOT NULL,
          session_id TEXT,
          changed_at TEXT NOT NULL
        );
        """

    // For each database, by its name in the settings: the number up to which it has everything.
    private static let positions = """
        CREATE TABLE sync_positions (
          target TEXT PRIMARY KEY NOT NULL,
          seq INTEGER NOT NULL,
          updated_at TEXT NOT NULL
        );
        """

    // A single row, which is rewritten to check that the journal is writable.
    private static let probes = "CREATE TABLE probes (id INTEGER PRIMARY KEY, probed_at TEXT NOT NULL)"
}
