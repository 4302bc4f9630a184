import JSON
import Messaging

extension Change {
    /// A message from a person to the line, or something that Meta reports as a message: a changed number, a permission to call. A message
    /// from the line itself is the business's, and its person is the recipient.
    func message(_ item: Item) -> Event {
        identified(item) { id in
            let message = item.json
            let sender = sender(of: message)
            if MessageBody.typeName(of: message) == "system" { return system(item, id: id, from: sender) }
            if isFromBusiness(message, sender) { return echo(item, id: id) }
            let person = withOwnNumber(sender, in: message)
            let party = party(person)
            return event(
                item, id: id, party: party, at: message["timestamp"].time, effect: party == nil ? .none : .moves,
                callPermission(item, of: person) ?? .message(self.message(of: item, .inbound, from: sender, of: person)))
        }
    }

    /// A message that the business sent from its phone, or that another responder sent for it. Its person is the recipient.
    func echo(_ item: Item) -> Event { identified(item) { echo(item, id: $0) } }

    private func echo(_ item: Item, id: String) -> Event {
        let person = recipient(ofEcho: item.json)
        let party = party(person)
        return event(
            item, id: id, party: party, at: item.json["timestamp"].time, effect: party == nil ? .none : .joins,
            .message(message(of: item, .outbound, from: .sender(of: item.json), of: person)))
    }

    /// The reply to a request for permission to call; nil for any other message.
    private func callPermission(_ item: Item, of person: Person) -> Event.Content? {
        let message = item.json
        let interactive = message["interactive"]
        guard interactive["type"].string == "call_permission_reply" else { return nil }
        var data = MemberList()
        data.append(membersOf: interactive["call_permission_reply"])
        data.append("interactive", raw: MessageBody.members(of: interactive, beside: "call_permission_reply"))
        appendSurroundings(of: message, around: "interactive", from: person, to: &data)
        return .activity(type: "call.permission", data: data.text ?? "{}")
    }

    /// The sender; if no number of theirs is known, with the number of a contact card that they shared on request. Any other card belongs
    /// to somebody else ("Business-scoped user IDs", developers.facebook.com, read 2026-11).
    private func withOwnNumber(_ sender: Person, in message: JSON) -> Person {
        guard sender.phone == nil, contacts[sender]?.person.phone == nil else { return sender }
        let cards = message["contacts"]
        let origin = message["origin"].string ?? cards[0]["origin"].string
        guard origin == "contact_request", cards.count == 1 else { return sender }
        var person = sender
        for phone in cards[0]["phones"].elements {
            // Without a plus the number could belong to any country.
            let written = phone["phone"].identifier.flatMap { $0.hasPrefix("+") ? $0 : nil }
            guard let number = phone["wa_id"].identifier ?? written else { continue }
            person.phone = number
            break
        }
        return person
    }
}
