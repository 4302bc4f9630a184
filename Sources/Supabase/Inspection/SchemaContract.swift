import Journal

/// What this program expects of the database; the migrations make it so, and a test compares the two.
public enum SchemaContract {
    /// The version that `switchboard_inspect` tells of itself: that of the last script of the functions, which is called by it.
    public static let version = Migration.all.compactMap(\.functionsVersion).max() ?? 0
    /// The first version of PostgreSQL on which everything works, as `server_version_num` counts.
    static let oldestServer = 150_000

    /// What is called from here.
    static let functions = Set(ContractFunction.allCases.map(\.rawValue))

    /// The types of the columns, by table.
    static let columns: [String: [String: String]] = Dictionary(
        uniqueKeysWithValues: Tables.descriptions.map { table in
            (table.name, Dictionary(uniqueKeysWithValues: table.shared.map { ($0.name, $0.kind.postgresType) }))
        })

    /// The columns that scripts add to a table that is there, by table: all others are there from the beginning.
    static let addedColumns: [String: Set<String>] = Dictionary(
        Migration.all.flatMap { $0.sql.matches(of: #/alter table public\.(\w+) add column (?:if not exists )?(\w+)/#) }.map {
            (String($0.output.1), [String($0.output.2)])
        }, uniquingKeysWith: { $0.union($1) })

    /// The view that the scripts make: the step that counts of each message.
    static let statusView = "message_status_current"

    /// The roles that the scripts grant to or take from; Supabase has them.
    static let roles = ["anon", "authenticated", "service_role"]

    /// Indexes that keep a promise: without them a person has two sessions, or a message two rows.
    static let uniqueIndexes: Set<String> = [
        "contacts_phone_key", "dead_letters_fingerprint_key", "events_item_key", "message_statuses_item_key_key", "messages_item_key",
        "sessions_one_active_per_contact", "sessions_session_token_key",
    ]

    /// Indexes that keep it quick; the comment of each in the database says what it serves.
    static let otherIndexes: Set<String> = [
        "contacts_merged_into_idx", "events_contact_idx", "events_session_idx", "identities_contact_idx", "message_statuses_item_idx",
        "messages_contact_idx", "messages_session_idx", "sessions_contact_idx",
    ]

    /// All other constraints that the scripts make, primary keys among them.
    static let constraints: Set<String> = [
        "contacts_merged_into_fkey", "contacts_pkey", "dead_letters_pkey", "events_contact_id_fkey", "events_kind_check", "events_pkey",
        "events_session_id_fkey", "identities_contact_id_fkey", "identities_pkey", "message_statuses_pkey", "messages_contact_id_fkey",
        "messages_direction_check", "messages_pkey", "messages_session_id_fkey", "sessions_contact_id_fkey", "sessions_pkey",
        "sessions_status_check",
    ]

    /// The keys that come with their tables: primary keys and unique constraints. A database may call them otherwise.
    static let keys = names { $0.kind != .index }

    /// The keys that the functions' `on conflict` goes by: without one every row of its table is refused.
    static let arbiters = names(where: \.isArbiter)

    private static func names(where holds: (TableScript.Index) -> Bool) -> Set<String> {
        Set(TableScript.all.values.flatMap { $0.indexes.filter { holds($0.value) }.keys })
    }

    /// The table of one of these indexes, by whose name its own begins.
    static func table(ofIndex name: String) -> String? {
        columns.keys.filter { name.hasPrefix("\($0)_") }.max { $0.count < $1.count }
    }
}

extension ColumnDescription.Kind {
    /// As `format_type` calls it.
    fileprivate var postgresType: String {
        switch self {
        case .uuid: "uuid"
        case .text, .digest: "text"
        case .time: "timestamp with time zone"
        case .json: "jsonb"
        case .boolean: "boolean"
        case .small: "smallint"
        case .integer: "bigint"
        case .bytes: "bytea"
        }
    }
}
