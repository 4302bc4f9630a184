import Messaging

extension Envelope {
    /// The ranks of Meta's statuses: a message may skip steps, and statuses arrive in any order. `deleted` and `played` are the last ones.
    public static let statusRanks = ["sent": 10, "failed": 20, "delivered": 30, "read": 40, "played": 50, "deleted": 60]

    /// Messages whose content Meta does not have yet or cannot show: a file from the history, which a later `history` webhook contains, and
    /// an unavailable message (error 131060). The message itself may follow under the same id ("history webhook", "Error codes",
    /// developers.facebook.com, read 2026-11).
    public static let placeholders = PlaceholderMarks([#"{"type":"media_placeholder"}"#, #"{"errors":[{"code":131060}]}"#])

    /// The status of a message from the history at the time of the report.
    public static let passingContext: Set<String> = ["history_status"]

    /// The parts of an envelope that reveal nothing about a person.
    public static let vocabulary = Vocabulary(
        words: [
            "object", "field", "messaging_product", "type", "status", "event", "direction", "mime_type", "category", "pricing_model",
            "recipient_type", "action", "user_preferences.value", "origin", "message_creation_type", "previous_owner_role",
            "new_owner_role",
            "previous_owner_app_role",
        ],
        times: ["time", "timestamp", "creation_timestamp", "expiration_timestamp", "start_time", "end_time"],
        counts: ["code", "error_subcode", "file_size", "phase", "chunk_order", "progress", "index", "quantity"],
        names: ["formatted_name", "verified_name"], freeForms: ["data", "response_json", "params", "metadata_json"],
        numbers: ["wa_id", "new_wa_id", "recipient_id", "recipient_participant_id", "participant_recipient_id", "threads.id"],
        commonWords: ["wamid", "ent"])

    /// A text message with the current time, for a new user to send.
    public static let sample = SampleMessage(name: "WhatsApp message", contentType: "application/json") { id, now in
        """
        {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":\
        {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},\
        "contacts":[{"profile":{"name":"Asha"},"wa_id":"919876543210"}],"messages":[{"from":"919876543210","id":"wamid.\(id)",\
        "timestamp":"\(now.milliseconds / 1000)","type":"text","text":{"body":"Hello, Switchboard"}}]}}]}]}
        """
    }
}
