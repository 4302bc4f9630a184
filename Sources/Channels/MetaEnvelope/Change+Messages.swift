import JSON
import Messaging

extension Change {
    /// A message that a person sent to the line, or what Meta reports as one: a changed number, a permission to call. One from the line
    /// itself is the business's, and the person is whom it wrote to.
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

    /// What the business sent from its phone, or another responder for it; the person is whom it wrote to.
    func echo(_ item: Item) -> Event { identified(item) { echo(item, id: $0) } }

    private func echo(_ item: Item, id: String) -> Event {
        let person = recipient(ofEcho: item.json)
        let party = party(person)
        return event(
            item, id: id, party: party, at: item.json["timestamp"].time, effect: party == nil ? .none : .joins,
            .message(message(of: item, .outbound, from: .sender(of: item.json), of: person)))
    }

    /// The answer to a request to be called; nil for a message of another kind.
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

    /// The sender with the number of the card that they shared when they were asked for it, where no other is known of them. Any other
    /// card is somebody else's ("Business-scoped user IDs", developers.facebook.com, read 2026-11).
    private func withOwnNumber(_ sender: Person, in message: JSON) -> Person {
        guard sender.phone == nil, contacts[sender]?.person.phone == nil else { return sender }
        let cards = message["contacts"]
        let origin = message["origin"].string ?? cards[0]["origin"].string
        guard origin == "contact_request", cards.count == 1 else { return sender }
        var person = sender
        for phone in cards[0]["phones"].elements {
            // Without a plus it may be a number of any country.
            let written = phone["phone"].identifier.flatMap { $0.hasPrefix("+") ? $0 : nil }
            guard let number = phone["wa_id"].identifier ?? written else { continue }
            person.phone = number
            break
        }
        return person
    }
}
