import JSON
import Messaging

/// One conversation of the past that the business shares when it joins.
struct HistoryThread {
    /// The person's number, or their user id where they show none.
    let id: String?
    let person: Person

    init(_ thread: JSON, of change: Change) {
        var person = Person.contact(thread["context"])
        id = thread["id"].identifier
        if let id, id.isNumber { person.phone = id } else { person.userID = person.userID ?? id }
        self.person = person
    }
}

extension Change {
    /// A message of the past. It moves no session, whoever sent it. Outside a thread come the media that were missing in one.
    func historyMessage(_ item: Item, in thread: HistoryThread?) -> Event {
        identified(item) { id in
            let message = item.json
            let sender = Person.sender(of: message)
            let recipient = Person.recipient(of: message)
            let isOutbound = isBusiness(sender) || (thread != nil && sender.phone != thread?.id && recipient.address != nil)
            let person = thread?.person ?? (isOutbound ? recipient : sender)
            return event(
                item, id: id, party: party(person), at: message["timestamp"].time,
                .message(
                    Message(
                        reading: message, direction: isOutbound ? .outbound : .inbound, sender: sender,
                        historyStatus: message["history_context"]["status"])))
        }
    }

    private func isBusiness(_ sender: Person) -> Bool {
        guard let phone = sender.phone, !lineDigits.isEmpty else { return false }
        return phone.digits == lineDigits
    }
}

extension String {
    /// Without the plus and the spaces with which a number may be shown.
    var digits: [UInt8] { utf8.filter { (0x30...0x39).contains($0) } }

    fileprivate var isNumber: Bool { utf8.drop { $0 == 0x2B }.allSatisfy { (0x30...0x39).contains($0) } }
}
