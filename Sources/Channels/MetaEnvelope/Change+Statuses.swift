import JSON
import Messaging

extension Change {
    /// What became of a message that the business sent. Such reports come in any order and more than once. Whom it was sent to did
    /// nothing, so it has to do with no session; but many reports tell which number and which id are one person's.
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
                // Nearly all reports have nothing beside their first members: their text is written once.
                detail: detail.count == first.count ? beginning : detail.text,
                distinction: distinction(of: report, after: beginning))
            return event(item, id: id, party: pair(person), at: report["timestamp"].time, .status(status))
        }
    }

    /// Whatever has no column, members that nobody knows yet included.
    private func detail(of report: JSON, to person: Person, after first: MemberList) -> MemberList {
        var detail = first
        if report["timestamp"].time == nil { detail.append("timestamp", report["timestamp"]) }
        detail.append(membersOf: report) { Self.isColumn($0) || Self.firstMembers.contains($0) }
        appendCircumstances(of: person, to: &detail)
        return detail
    }

    /// What makes two reports two that tell one word of one message in one second: a refund and what it refunds, two readers in a group.
    ///
    /// It is part of the keys of what is stored. So the members that were its beginning stay, in their order, and of others only those
    /// are added that tell reports apart: a member that is merely new would make another report of one that comes again.
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
