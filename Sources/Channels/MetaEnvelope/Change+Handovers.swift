import JSON
import Messaging

extension Change {
    /// A conversation that passed from one responder to another, with Meta's names for both ("messaging_handovers webhook reference",
    /// developers.facebook.com, read 2026-11). It is not an activity of the person. Nil if the value does not say what happened.
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

    /// A handover in a list, in a change of any field.
    func listedHandover(_ item: Item) -> Event { handover(item) ?? notice(item, type: Self.handovers, at: item.json["timestamp"].time) }

    /// The name of the field for handovers, and of the member that lists them in other fields.
    static let handovers = "messaging_handovers"

    /// Members that have a column, or that are the same in all handovers.
    private static let handoverColumns: Set<String> = [
        "messaging_product", "metadata", "contacts", "recipient", "sender", "timestamp", "type",
    ]
}
