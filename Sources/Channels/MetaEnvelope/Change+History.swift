import JSON
import Messaging

/// A past conversation, which the business shares when it joins.
struct HistoryThread {
    let person: Person
    /// Other facts about the person, as JSON: their username.
    let rest: String?
    private let number: NumberForms

    init(_ thread: JSON, of change: Change) {
        var person = Person.contact(thread["context"])
        let id = thread["id"].identifier
        if let id, id.isNumber { person.phone = id } else { person.userID = person.userID ?? id }
        number = NumberForms(person.phone)
        rest = ListedContact.rest(of: thread["context"])
        self.person = person
    }

    /// Whether a sender is the thread's person, in any form of their number.
    func isPerson(_ sender: Person) -> Bool {
        if let phone = sender.phone { return number.contains(phone) || person.userID.isExactly(phone) }
        return sender.userID != nil && sender.userID.isExactly(person.userID)
    }
}

extension Change {
    /// A message from the history, which moves no session. Outside a thread there are only media that were missing from one.
    func historyMessage(_ item: Item, in thread: HistoryThread?) -> Event {
        let message = item.json
        let sender = sender(of: message)
        return pastMessage(item, in: thread, isOutbound: isOutbound(message, from: sender, in: thread))
    }

    /// A message from the history that the business sent.
    func historyEcho(_ item: Item) -> Event { pastMessage(item, in: nil, isOutbound: true) }

    private func pastMessage(_ item: Item, in thread: HistoryThread?, isOutbound: Bool) -> Event {
        identified(item) { id in
            let message = item.json
            let sender = isOutbound ? Person.sender(of: message) : sender(of: message)
            let person = thread?.person ?? (isOutbound ? recipient(ofEcho: message) : sender)
            let direction: Message.Direction = isOutbound ? .outbound : .inbound
            return event(
                item, id: id, party: party(person), at: message["timestamp"].time,
                .message(self.message(of: item, direction, from: sender, of: person, about: thread?.rest)))
        }
    }

    /// Whether the business sent the message: as the message itself reports, otherwise by its sender's number. The business may have had
    /// another number before; so if a message in a thread is from somebody other than the thread's person, and has a recipient, its sender
    /// is the business.
    private func isOutbound(_ message: JSON, from sender: Person, in thread: HistoryThread?) -> Bool {
        if let isOurs = message["history_context"]["from_me"].bool { return isOurs }
        if isBusiness(sender) { return true }
        guard let thread else { return false }
        return !thread.isPerson(sender) && Person.recipient(of: message).address != nil
    }
}
