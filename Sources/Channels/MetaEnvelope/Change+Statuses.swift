import JSON
import Messaging

extension Change {
    /// What became of a message that the business sent. Such reports come in any order and more than once.
    func status(_ item: Item) -> Event {
        identified(item) { id in
            let report = item.json
            guard let word = report["status"].identifier else {
                return unreadable(item, field: "status", reason: "must be a string")
            }
            let status = MessageStatus(
                status: word, recipient: report["recipient_id"].identifier ?? report["recipient_user_id"].identifier,
                errors: report["errors"].isPresent ? report["errors"].text : nil, detail: detail(of: report))
            return event(item, id: id, at: report["timestamp"].time, .status(status))
        }
    }

    private func detail(of report: JSON) -> String? {
        objectText([
            ("conversation", report["conversation"]), ("pricing", report["pricing"]),
            ("biz_opaque_callback_data", report["biz_opaque_callback_data"]), ("type", report["type"]),
            ("recipient_type", report["recipient_type"]),
            ("recipient_participant_id", report["recipient_participant_id"]),
            ("recipient_participant_user_id", report["recipient_participant_user_id"]),
            ("recipient_user_id", report["recipient_user_id"]),
            ("recipient_parent_user_id", report["recipient_parent_user_id"]),
        ])
    }
}
