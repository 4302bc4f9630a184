import JSON
import Messaging

extension Change {
    /// Meta's notice to the business, named after the field. Its time is the entry's.
    func notice(_ item: Item) -> Event {
        notice(item, type: field, at: entry.time ?? item.json["timestamp"].time, about: soleContact ?? soleParticipant)
    }

    /// A change of a field that is not known yet.
    func unsupported(_ item: Item, type: String? = nil) -> Event {
        event(item, party: soleContact, at: entry.time, .unsupported(type: type ?? field, data: item.json.text ?? "null"))
    }

    /// The value of a change without items: some updates are themselves the item; anything else is kept as a notice.
    func withoutItems(_ item: Item) -> Event {
        if field == "user_id_update", item.json["user_id"].isPresent { return userIDUpdate(item) }
        if field == Self.handovers, let handover = handover(item) { return handover }
        return notice(item)
    }

    /// Reads errors that do not belong to a message. Meta gives them neither an id nor a time; if the entry has no time either, the data
    /// beside them distinguishes equal errors.
    var errorReader: (Item) -> Event {
        let circumstances = entry.time == nil ? circumstances.digest : nil
        let party = soleContact
        return { self.notice($0, type: "error", at: self.entry.time, about: party, amid: circumstances) }
    }

    /// An error in a chunk of the history.
    func historyError(_ item: Item) -> Event { notice(item, type: "error", at: entry.time) }

    /// The business added, edited or removed a contact on its phone; the contact did nothing.
    func stateSync(_ item: Item) -> Event {
        notice(item, type: field, at: item.json["metadata"]["timestamp"].time, about: pair(.numbered(item.json["contact"])))
    }

    /// A person stopped or resumed marketing messages.
    func preference(_ item: Item) -> Event {
        let preference = item.json
        let party = party(named(.contact(preference)))
        return event(
            item, party: party, at: preference["timestamp"].time, effect: party == nil ? .none : .moves,
            .activity(type: "preference.\(preference["value"].name ?? "unknown")", data: preference.text ?? "null"))
    }

    func notice(_ item: Item, type: String, at time: Instant?, about party: Party? = nil, amid circumstances: String? = nil)
        -> Event
    {
        event(item, party: party, at: time, amid: circumstances, .notice(type: type, data: item.json.text ?? "null"))
    }

    /// The person who is the subject of a whole change, if it contains both a number and an id of theirs.
    private var soleContact: Party? { contacts.sole.flatMap(pair) }

    /// The only person for whom a change about groups contains both a number and an id.
    private var soleParticipant: Party? {
        guard field.hasPrefix("group_") else { return nil }
        var found: Party?
        for group in value["groups"].elements {
            var people = [group]
            for (name, list) in group.members where name.hasSuffix("participants") { people += list.elements }
            for person in people {
                guard let pair = pair(.contact(person)) else { continue }
                guard found == nil || found == pair else { return nil }
                found = pair
            }
        }
        return found
    }
}
