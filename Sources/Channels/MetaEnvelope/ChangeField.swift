/// What a change of a field holds.
enum ChangeField {
    /// Arrays of messages, statuses and the like.
    case items
    /// One thing that Meta tells the business.
    case notice
    /// A field that nobody knows yet.
    case unknown

    /// By the fields that can be subscribed to ("Webhooks: fields", developers.facebook.com, read 2026-11).
    init(_ name: String) {
        self =
            switch name {
            case "messages", "message_echoes", "smb_message_echoes", "history", "calls", "user_preferences", "user_id_update",
                "smb_app_state_sync":
                .items
            case "account_update", "account_alerts", "account_review_update", "automatic_events", "business_capability_update",
                "flows", "partner_solutions", "payment_configuration_update", "phone_number_name_update",
                "phone_number_quality_update", "security":
                .notice
            default: Self.isFamily(name) ? .notice : .unknown
            }
    }

    /// Families to which Meta adds members.
    private static func isFamily(_ name: String) -> Bool {
        name.hasPrefix("message_template_") || name.hasPrefix("template_") || (name.hasPrefix("group_") && name.hasSuffix("_update"))
    }
}
