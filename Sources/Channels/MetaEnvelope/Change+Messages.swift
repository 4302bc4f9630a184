import JSON
import Messaging

extension Change {
    /// A message that a person sent to the line, or what Meta reports as one: a changed number, a permission to call.
    func message(_ item: Item) -> Event {
        identified(item) { id in
            let message = item.json
            let sender = Person.sender(of: message)
            if message["type"].string == "system" { return system(item, id: id, from: sender) }
            let party = party(sender)
            return event(
                item, id: id, party: party, at: message["timestamp"].time, effect: party == nil ? .none : .moves,
                callPermission(message) ?? .message(Message(reading: message, direction: .inbound, sender: sender)))
        }
    }

    /// The answer to a request to be called; nil for a message of another kind.
    private func callPermission(_ message: JSON) -> Event.Content? {
        let interactive = message["interactive"]
        guard interactive["type"].string == "call_permission_reply" else { return nil }
        return .activity(type: "call.permission", data: interactive["call_permission_reply"].text ?? "{}")
    }

    /// What the business sent from its phone; the person is whom it wrote to.
    func echo(_ item: Item) -> Event {
        identified(item) { id in
            let party = party(.recipient(of: item.json))
            return event(
                item, id: id, party: party, at: item.json["timestamp"].time, effect: party == nil ? .none : .joins,
                .message(Message(reading: item.json, direction: .outbound, sender: .sender(of: item.json))))
        }
    }
}

extension Message {
    /// `historyStatus` is what had become of a message of the past.
    init(reading message: JSON, direction: Direction, sender: Person, historyStatus: JSON? = nil) {
        let body = MessageBody(reading: message)
        var context = Array(message["context"].members)
        context.append(("referral", message["referral"]))
        context.append(("group_id", message["group_id"]))
        context.append(("identity", message["identity"]))
        // Those of a message that could not be taken are its content.
        if body.type != .unsupported { context.append(("errors", message["errors"])) }
        if let historyStatus { context.append(("history_status", historyStatus)) }
        self.init(
            type: body.type, direction: direction, sender: sender.address, text: body.text, content: body.content,
            context: objectText(context))
    }
}
