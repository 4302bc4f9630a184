import JSON
import Messaging

extension Change {
    /// The status of a message that the business sent. Statuses arrive in any order and repeatedly. The recipient did nothing, so sessions
    /// are not affected; but many statuses show which number and id belong to one person.
    func status(_ item: Item) -> Event {
        identified(item) { id in
            let report = item.json
            guard let word = report["status"].name else {
                return unreadable(item, field: "status", reason: "must be a string")
            }
            let person = recipient(ofStatus: report)
            var first = MemberList()
            for name in Self.firstMembers { first.append(name, report[named: name]) }
            let beginning = first.text
            let detail = detail(of: report, to: person, after: first)
            let status = MessageStatus(
                status: word, recipient: report["recipient_id"].name ?? report["recipient_user_id"].name,
                errors: report["errors"].isPresent ? report["errors"].text : nil,
                // Nearly all statuses have only the first members, so their text is written once.
                detail: detail.count == first.count ? beginning : detail.text,
                distinction: distinction(of: report, after: beginning))
            return event(item, id: id, party: pair(person), at: report["timestamp"].time, .status(status))
        }
    }

    /// All members without a column, including unknown ones.
    private func detail(of report: JSON, to person: Person, after first: MemberList) -> MemberList {
        var detail = first
        if report["timestamp"].time == nil { detail.append("timestamp", report["timestamp"]) }
        detail.append(membersOf: report) { Self.isColumn($0) || Self.firstMembers.contains($0) }
        appendCircumstances(of: person, to: &detail)
        return detail
    }

    /// What distinguishes two statuses with the same word, message and second: a refund and its payment, or two readers in a group.
    /// It is part of stored keys. Therefore its original members must stay, in their order, and only members that distinguish statuses may
    /// be added: any other new member would make a repeated status a different one.
    private func distinction(of report: JSON, after beginning: String?) -> [String] {
        var others = MemberList()
        for name in ["payment", "participant_recipient_id", "recipient_participant_parent_user_id"] {
            others.append(name, report[named: name])
        }
        return [beginning, others.text].compactMap(\.self)
    }

    private static func isColumn(_ name: String) -> Bool {
        switch name {
        case "id", "status", "timestamp", "recipient_id", "errors": true
        default: false
        }
    }

    private static let firstMembers = [
        "conversation", "pricing", "biz_opaque_callback_data", "type", "recipient_type", "recipient_participant_id",
        "recipient_participant_user_id", "recipient_user_id", "recipient_parent_user_id",
    ]
}
