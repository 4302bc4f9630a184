import JSON
import Messaging

extension Change {
    /// A conversation that changed hands: who had it and who has it, under the names that Meta gives them ("messaging_handovers webhook
    /// reference", developers.facebook.com, read 2026-11). The person did nothing. Nil where the value does not say what happened.
    func handover(_ item: Item) -> Event? {
        let value = item.json
        let names = [value["type"].string, "control_passed", "control_taken"].lazy.compactMap { $0 }
        guard let name = names.first(where: { value[named: $0].kind == .object }) else { return nil }
        var data = MemberList()
        data.append("type", string: name)
        data.append(membersOf: value[named: name])
        data.append(membersOf: value) { Self.handoverColumns.contains($0) || $0 == name }
        let party = party(named(.numbered(value["sender"])))
        var event = event(
            item, party: party, at: value["timestamp"].time ?? entry.time, effect: party == nil ? .none : .joins,
            .activity(type: "conversation.handover", data: data.text ?? "{}"))
        event.line = Self.line(among: [value["recipient"]]) ?? line
        return event
    }

    /// One of a list of them, in whatever change it stands.
    func listedHandover(_ item: Item) -> Event { handover(item) ?? notice(item, type: Self.handovers, at: item.json["timestamp"].time) }

    /// The field of what changes hands, and the member of other fields that holds a list of it.
    static let handovers = "messaging_handovers"

    /// What has a column, or is the same in all of them.
    private static let handoverColumns: Set<String> = [
        "messaging_product", "metadata", "contacts", "recipient", "sender", "timestamp", "type",
    ]
}
