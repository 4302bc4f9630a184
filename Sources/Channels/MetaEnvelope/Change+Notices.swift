import JSON
import Messaging

extension Change {
    /// What Meta tells the business, under the field's name. It happened when the entry was made.
    func notice(_ item: Item) -> Event { notice(item, type: field, at: entry.time) }

    /// A change of a field that nobody knows yet.
    func unsupported(_ item: Item, type: String? = nil) -> Event {
        event(item, at: entry.time, .unsupported(type: type ?? field, data: item.json.text ?? "null"))
    }

    /// The value of a change in which no item was found: an update may be its own item, anything else is kept as a notice.
    func withoutItems(_ item: Item) -> Event {
        field == "user_id_update" && item.json["user_id"].isPresent ? userIDUpdate(item) : notice(item)
    }

    /// An error that belongs to no message.
    func error(_ item: Item) -> Event { notice(item, type: "error", at: entry.time) }

    /// The business added, edited or removed somebody in its phone's contacts; that somebody did nothing.
    func stateSync(_ item: Item) -> Event { notice(item, type: field, at: item.json["metadata"]["timestamp"].time) }

    /// A person stopped or resumed marketing messages.
    func preference(_ item: Item) -> Event {
        let preference = item.json
        let party = party(.contact(preference))
        return event(
            item, party: party, at: preference["timestamp"].time, effect: party == nil ? .none : .moves,
            .activity(type: "preference.\(preference["value"].identifier ?? "unknown")", data: preference.text ?? "null"))
    }

    private func notice(_ item: Item, type: String, at time: Instant?) -> Event {
        event(item, at: time, .notice(type: type, data: item.json.text ?? "null"))
    }
}
