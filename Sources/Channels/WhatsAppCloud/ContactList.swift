import JSON

/// The `contacts` of a change, found by what an item says of its person.
struct ContactList {
    /// Empty where there is but one contact, so that most webhooks build no dictionary.
    private var byID: [String: JSON] = [:]
    private var only: JSON?
    private var hasOneSender = false

    /// `senders` are the messages of the same change.
    init(_ contacts: JSON, senders: JSON) {
        guard contacts.kind == .array else { return }
        if contacts.count == 1 {
            only = contacts[0]
            hasOneSender = Self.haveOneSender(senders)
            return
        }
        for contact in contacts.elements {
            let person = Person.contact(contact)
            for id in [person.phone, person.userID] { if let id, byID[id] == nil { byID[id] = contact } }
        }
    }

    /// The contact of this number or user id. A contact alone belongs to a sender alone, whatever their ids: a number and its
    /// `wa_id` may differ.
    subscript(_ person: Person) -> JSON? {
        if let only { return hasOneSender || Self.matches(only, person) ? only : nil }
        if byID.isEmpty { return nil }
        return person.phone.flatMap { byID[$0] } ?? person.userID.flatMap { byID[$0] }
    }

    private static func matches(_ contact: JSON, _ person: Person) -> Bool {
        let other = Person.contact(contact)
        return (other.phone != nil && other.phone == person.phone) || (other.userID != nil && other.userID == person.userID)
    }

    private static func haveOneSender(_ messages: JSON) -> Bool {
        guard messages.count > 1 else { return messages.count == 1 }
        let first = Person.sender(of: messages[0]).address
        return first != nil && messages.elements.allSatisfy { Person.sender(of: $0).address == first }
    }
}
