/// What this program expects of the database; the migrations make it so, and a test compares the two.
public enum SchemaContract {
    /// The version that `switchboard_inspect` tells of itself; it changes with the functions, and the last script of theirs is called by it.
    public static let version = 2
    /// The first version of PostgreSQL on which everything works, as `server_version_num` counts.
    static let oldestServer = 150_000

    /// What is called from here.
    static let functions = Set(ContractFunction.allCases.map(\.rawValue))

    /// The types of the columns, by table.
    static let columns: [String: [String: String]] = [
        "contacts": [
            "contact_id": "uuid", "phone": "text", "customer_id": "text", "display_name": "text", "created_at": time, "updated_at": time,
            "merged_into": "uuid",
        ],
        "identities": ["kind": "text", "scope": "text", "value": "text", "contact_id": "uuid", "first_seen": time],
        "sessions": [
            "session_id": "uuid", "customer_id": "text", "phone": "text", "channel": "text", "session_token": "text", "status": "text",
            "created_at": time, "last_activity": time, "expires_at": time, "metadata": "jsonb", "contact_id": "uuid",
        ],
        "messages": [
            "message_id": "uuid", "session_id": "uuid", "contact_id": "uuid", "provider": "text", "account": "text", "line": "text",
            "external_id": "text", "channel": "text", "direction": "text", "sender": "text", "type": "text", "text": "text",
            "content": "jsonb", "context": "jsonb", "sent_at": time, "received_at": time, "delivery_id": "uuid",
        ],
        "message_statuses": [
            "status_id": "bigint", "provider": "text", "account": "text", "line": "text", "external_id": "text", "status": "text",
            "occurred_at": time, "received_at": time, "recipient": "text", "errors": "jsonb", "detail": "jsonb", "delivery_id": "uuid",
            "item_key": "text",
        ],
        "events": [
            "event_id": "uuid", "kind": "text", "type": "text", "session_id": "uuid", "contact_id": "uuid", "provider": "text",
            "account": "text", "line": "text", "external_id": "text", "data": "jsonb", "occurred_at": time, "received_at": time,
            "delivery_id": "uuid",
        ],
        "dead_letters": [
            "dead_letter_id": "uuid", "stage": "text", "reason": "text", "detail": "text", "delivery_id": "uuid", "record": "jsonb",
            "created_at": time, "resolved_at": time, "fingerprint": "text",
        ],
    ]

    /// Indexes that keep a promise: without them a person has two sessions, or a message two rows.
    static let uniqueIndexes: Set<String> = [
        "contacts_phone_key", "dead_letters_fingerprint_key", "events_item_key", "message_statuses_item_key_key", "messages_item_key",
        "sessions_one_active_per_contact", "sessions_session_token_key",
    ]

    /// Indexes that keep it quick.
    static let otherIndexes: Set<String> = [
        "contacts_merged_into_idx", "events_contact_idx", "events_session_idx", "identities_contact_idx", "message_statuses_item_idx",
        "messages_contact_idx", "messages_session_idx", "sessions_contact_idx", "sessions_phone_idx",
    ]

    private static let time = "timestamp with time zone"
}
