import Journal

/// What this program expects of the database; the migrations create it, and a test compares the two.
public enum SchemaContract {
    /// The version that `switchboard_inspect` reports: the number in the name of the last functions script.
    public static let version = Migration.all.compactMap(\.functionsVersion).max() ?? 0
    /// The oldest supported version of PostgreSQL, as `server_version_num`.
    static let oldestServer = 150_000

    /// The functions that this program calls.
    static let functions = Set(ContractFunction.allCases.map(\.rawValue))

    /// The types of the columns, by table.
    static let columns: [String: [String: String]] = Dictionary(
        uniqueKeysWithValues: Tables.descriptions.map { table in
            (table.name, Dictionary(uniqueKeysWithValues: table.shared.map { ($0.name, $0.kind.postgresType) }))
        })

    /// The columns that scripts add to existing tables, by table; all others are in the first script.
    static let addedColumns: [String: Set<String>] = Dictionary(
        Migration.all.flatMap { $0.sql.matches(of: #/alter table public\.(\w+) add column (?:if not exists )?(\w+)/#) }.map {
            (String($0.output.1), [String($0.output.2)])
        }, uniquingKeysWith: { $0.union($1) })

    /// The view that the scripts create: the status that counts for each message.
    static let statusView = "message_status_current"

    /// The roles in the scripts' grants and revokes; Supabase has them.
    static let roles = ["anon", "authenticated", "service_role"]

    /// Indexes for correctness: without them a person may have two sessions, or a message two rows.
    static let uniqueIndexes: Set<String> = [
        "contacts_phone_key", "dead_letters_fingerprint_key", "events_item_key", "message_statuses_item_key_key", "messages_item_key",
        "sessions_one_active_per_contact", "sessions_session_token_key",
    ]

    /// Indexes for speed; the comment of each in the database says which queries use it.
    static let otherIndexes: Set<String> = [
        "contacts_merged_into_idx", "events_contact_idx", "events_session_idx", "identities_contact_idx", "message_statuses_item_idx",
        "messages_contact_idx", "messages_session_idx", "sessions_contact_idx",
    ]

    /// All other constraints that the scripts create, including primary keys.
    static let constraints: Set<String> = [
        "contacts_merged_into_fkey", "contacts_pkey", "dead_letters_pkey", "events_contact_id_fkey", "events_kind_check", "events_pkey",
        "events_session_id_fkey", "identities_contact_id_fkey", "identities_pkey", "message_statuses_pkey", "messages_contact_id_fkey",
        "messages_direction_check", "messages_pkey", "messages_session_id_fkey", "sessions_contact_id_fkey", "sessions_pkey",
        "sessions_status_check",
    ]

    /// The keys that are created with their tables: primary keys and unique constraints. A database may have other names for them.
    static let keys = names { $0.kind != .index }

    /// The keys that the functions' `on conflict` needs: without one, every row of its table is refused.
    static let arbiters = names(where: \.isArbiter)

    private static func names(where holds: (TableScript.Index) -> Bool) -> Set<String> {
        Set(TableScript.all.values.flatMap { $0.indexes.filter { holds($0.value) }.keys })
    }

    /// The table of one of these indexes, whose name begins with the table's.
    static func table(ofIndex name: String) -> String? {
        columns.keys.filter { name.hasPrefix("\($0)_") }.max { $0.count < $1.count }
    }
}

extension ColumnDescription.Kind {
    /// The type's name in `format_type`.
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
