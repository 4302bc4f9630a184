import JSON
import Messaging

extension Change {
    /// A change of a person's number, user id or device. The person wrote nothing, so it moves no session. The party is who they were
    /// before the change, by which their contact is found.
    func system(_ item: Item, id: String, from sender: Person) -> Event {
        let system = item.json["system"]
        var former = sender
        former.phone = former.phone ?? system["customer"].identifier
        // If something other than the number changed, the person still has theirs.
        if !Self.numberChanges.contains(system["type"].string ?? "") { former.phone = former.phone ?? system["wa_id"].identifier }
        var party = party(former)
        let previous = Person(userID: system["previous_user_id"].identifier, parentUserID: system["previous_parent_user_id"].identifier)
        if let known = previous.party(with: nil, scopes: scopes) {
            party = party ?? Party()
            party?.add(known.identities)
        }
        let data = data(ofSystem: item.json, about: former)
        let content = identityChange(system, data).map { Event.Content.identity($0) }
        return event(
            item, id: id, party: party, at: item.json["timestamp"].time,
            content ?? .notice(type: "system", data: data))
    }

    /// The change as JSON, with the former number and the data of its message.
    private func data(ofSystem message: JSON, about person: Person) -> String {
        let system = message["system"]
        guard system.kind == .object else { return system.text ?? "{}" }
        var data = MemberList()
        if let number = person.phone { data.append("from", string: number) }
        data.append(membersOf: system)
        appendSurroundings(of: message, around: "system", from: person, to: &data)
        return data.text ?? "{}"
    }

    /// The identity change of a system message, by Meta's newer type names and the older ones, `customer_…`; nil for other types.
    private func identityChange(_ system: JSON, _ data: String) -> IdentityChange? {
        let type: String
        switch system["type"].string {
        case let name? where Self.numberChanges.contains(name): type = "number.changed"
        case "user_changed_user_id": type = "user_id.changed"
        case "customer_identity_changed": type = "identity.changed"
        default: return nil
        }
        let present = Person.contact(system)
        let phone = type == "number.changed" ? present.phone ?? system["new_wa_id"].identifier : nil
        return IdentityChange(
            type: type, data: data, phone: phone.map { ReceivedPhone($0) }, identities: present.identities(scopes: scopes))
    }

    private static let numberChanges: Set<String> = ["user_changed_number", "customer_changed_number"]

    /// A change of a user id ("Business-scoped user IDs", developers.facebook.com, read 2026-11).
    func userIDUpdate(_ item: Item) -> Event {
        let update = item.json
        let userID = update["user_id"]
        let parent = update["parent_user_id"]
        let former = Person(
            phone: update["wa_id"].identifier, userID: userID["previous"].identifier, parentUserID: parent["previous"].identifier)
        let present = Person(
            userID: userID["current"].identifier ?? userID.identifier, parentUserID: parent["current"].identifier ?? parent.identifier)
        let change = IdentityChange(type: "user_id.changed", data: update.text ?? "{}", identities: present.identities(scopes: scopes))
        return event(item, party: party(former), at: update["timestamp"].time, .identity(change))
    }
}
