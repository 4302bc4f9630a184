/// The content of a change, by its field.
enum ChangeField {
    /// Arrays of messages, statuses and the like.
    case items
    /// A notice to the business.
    case notice
    /// A field that is not known yet.
    case unknown

    /// Decides by the fields that can be subscribed to ("Webhooks: fields", developers.facebook.com, read 2026-11).
    init(_ name: String) {
        self =
            switch name {
            case "messages", "message_echoes", "smb_message_echoes", "history", "calls", "user_preferences", "user_id_update",
                "smb_app_state_sync", "standby", "messaging_handovers":
                .items
            case "automatic_events", "flows", "partner_solutions", "payment_configuration_update", "security", "tracking_events": .notice
            default: Self.isFamily(name) ? .notice : .unknown
            }
    }

    /// Families to which Meta adds members: `business_username_updates`, `account_settings_update`.
    private static func isFamily(_ name: String) -> Bool {
        ["account_", "business_", "phone_number_", "message_template_", "template_"].contains { name.hasPrefix($0) }
            || (name.hasPrefix("group_") && name.hasSuffix("_update"))
    }
}
