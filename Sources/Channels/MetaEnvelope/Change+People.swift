import JSON
import Messaging

/// Identifies the people of a change: by the item itself, otherwise by the contacts. The business's number identifies no person.
extension Change {
    /// The person with everything that this change says about them; nil without an id.
    func party(_ person: Person) -> Party? {
        var person = person
        if isBusiness(person) { person.phone = nil }
        let contact = contacts[person].flatMap { isBusiness($0.person) ? nil : $0 }
        return person.party(with: contact, scopes: scopes)
    }

    /// A number and an id of one person, which the journal learns even if the person did nothing; nil unless both are present. The name is
    /// left out: only the person's own actions set it.
    func pair(_ person: Person) -> Party? {
        var party = party(person)?.pair
        party?.displayName = nil
        return party
    }

    /// The sender of an item, who may be named only in the contacts.
    func sender(of item: JSON) -> Person { named(.sender(of: item)) }

    /// The recipient of a message that the business sent.
    func recipient(ofEcho echo: JSON) -> Person {
        echo.said["recipient_type"].string == "group" ? Person() : named(.recipient(ofEcho: echo))
    }

    /// The recipient that a status is about.
    func recipient(ofStatus report: JSON) -> Person { named(.recipient(ofStatus: report)) }

    /// Whether the business sent a message: as a message of the history itself reports, otherwise by its sender's number.
    func isFromBusiness(_ message: JSON, _ sender: Person) -> Bool { message["history_context"]["from_me"].bool ?? isBusiness(sender) }

    /// Whether a person is the business: the line's number in any form of its plan, or its id.
    func isBusiness(_ person: Person) -> Bool {
        guard let phone = person.phone else { return false }
        return linePhone.contains(phone) || phone == line?.rawValue
    }

    /// The person, or the only one in the contacts if the item names nobody.
    func named(_ person: Person) -> Person {
        guard person.address == nil, let contact = contacts.personOfAllItems, !isBusiness(contact) else { return person }
        return contact
    }
}
