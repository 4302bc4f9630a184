import JSON
import Messaging

/// Who is who in a change: what an item says itself goes first, then the change's contacts. The business's own number is nobody.
extension Change {
    /// The person with all that this change tells of them; nil where no id is there.
    func party(_ person: Person) -> Party? {
        var person = person
        if isBusiness(person) { person.phone = nil }
        let contact = contacts[person].flatMap { isBusiness($0.person) ? nil : $0 }
        return person.party(with: contact, scopes: scopes)
    }

    /// A number and an id of one person, which the journal learns from what they did not do themselves; nil where it is not both. How
    /// they are called is left to what they do.
    func pair(_ person: Person) -> Party? {
        var party = party(person)?.pair
        party?.displayName = nil
        return party
    }

    /// Who sent an item, who may stand in the contacts alone.
    func sender(of item: JSON) -> Person { named(.sender(of: item)) }

    /// To whom the business wrote.
    func recipient(ofEcho echo: JSON) -> Person {
        echo.said["recipient_type"].string == "group" ? Person() : named(.recipient(ofEcho: echo))
    }

    /// Whom a status is about.
    func recipient(ofStatus report: JSON) -> Person { named(.recipient(ofStatus: report)) }

    /// Whether the business sent a message: by what a message of the past says of itself, else by the number that it came from.
    func isFromBusiness(_ message: JSON, _ sender: Person) -> Bool { message["history_context"]["from_me"].bool ?? isBusiness(sender) }

    /// By the line's number in any form of its plan, or by its id.
    func isBusiness(_ person: Person) -> Bool {
        guard let phone = person.phone else { return false }
        return linePhone.contains(phone) || phone == line?.rawValue
    }

    /// The person of an item that names nobody may stand in the contacts alone.
    func named(_ person: Person) -> Person {
        guard person.address == nil, let contact = contacts.personOfAllItems, !isBusiness(contact) else { return person }
        return contact
    }
}
