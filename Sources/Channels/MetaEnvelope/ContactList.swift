import JSON
import Messaging

/// The `contacts` of a change, found by what an item says of its person.
struct ContactList {
    /// Empty where there is but one contact, so that most webhooks build no dictionary.
    private var byID: [String: ListedContact] = [:]
    private var only: ListedContact?
    private var hasOneSender = false

    /// `senders` are the messages of the same change.
    init(_ contacts: JSON, senders: JSON) {
        guard contacts.kind == .array else { return }
        if contacts.count == 1 {
            only = ListedContact(contacts[0])
            hasOneSender = Self.haveOneSender(senders)
            return
        }
        for json in contacts.elements {
            let contact = ListedContact(json)
            for id in [contact.person.phone, contact.person.userID] { if let id, byID[id] == nil { byID[id] = contact } }
        }
    }

    /// The contact of this number or user id. A contact alone belongs to a sender alone, whatever their ids: a number and its
    /// `wa_id` may differ.
    subscript(_ person: Person) -> ListedContact? {
        if let only { return hasOneSender || Self.matches(only, person) ? only : nil }
        if byID.isEmpty { return nil }
        return person.phone.flatMap { byID[$0] } ?? person.userID.flatMap { byID[$0] }
    }

    private static func matches(_ contact: ListedContact, _ person: Person) -> Bool {
        let other = contact.person
        return (other.phone != nil && other.phone == person.phone) || (other.userID != nil && other.userID == person.userID)
    }

    private static func haveOneSender(_ messages: JSON) -> Bool {
        guard messages.count > 1 else { return messages.count == 1 }
        let first = Person.sender(of: messages[0]).address
        return first != nil && messages.elements.allSatisfy { Person.sender(of: $0).address == first }
    }
}

/// A contact of the list, read once for all the items of its change.
struct ListedContact {
    let person: Person
    let name: String?

    init(_ json: JSON) {
        person = .contact(json)
        let profile = json["profile"]
        // As long as it is kept: a change may have as many items as fit beside it.
        name = Party(displayName: profile["name"].name ?? profile["username"].name).displayName
    }
}
