import JSON
import Messaging

/// The `contacts` of a change, found by what an item says of its person.
struct ContactList {
    /// Empty where there is but one contact, so that most webhooks build no dictionary.
    private var byID: [ExactText: ListedContact] = [:]
    private var only: ListedContact?
    private var isOfAllItems = false

    /// `value` has the lists of items that the contacts belong to.
    init(_ contacts: JSON, of value: JSON) {
        guard contacts.kind == .array else { return }
        if contacts.count == 1 {
            only = ListedContact(contacts[0])
            isOfAllItems = Self.haveOnePerson(value)
            return
        }
        for json in contacts.elements {
            let contact = ListedContact(json)
            let shown = contact.person.shown
            for id in [shown.phone, shown.userID].compactMap({ $0.map(ExactText.init) }) where byID[id] == nil {
                byID[id] = contact
            }
        }
    }

    /// The contact of this number or user id. A contact alone belongs to the person of all items alone, whatever their ids: a number and
    /// its `wa_id` may differ.
    subscript(_ person: Person) -> ListedContact? {
        if let only { return isOfAllItems || Self.matches(only, person) ? only : nil }
        if byID.isEmpty { return nil }
        return person.phone.flatMap { byID[ExactText($0)] } ?? person.userID.flatMap { byID[ExactText($0)] }
    }

    /// The person of an item that names nobody: the only contact, unless other items name several people.
    var personOfAllItems: Person? { isOfAllItems ? only?.person : nil }

    /// The only contact of a change, whatever the change is about.
    var sole: Person? { only?.person }

    private static func matches(_ contact: ListedContact, _ person: Person) -> Bool {
        let other = contact.person.shown
        return (other.phone != nil && other.phone.isExactly(person.phone)) || (other.userID != nil && other.userID.isExactly(person.userID))
    }

    /// Whether there are items, and all that name a person name the same. Of several who hide theirs nobody knows whether they are one.
    private static func haveOnePerson(_ value: JSON) -> Bool {
        let (messages, echoes, calls, statuses) = (value["messages"], value["message_echoes"], value["calls"], value["statuses"])
        let count = messages.itemCount + echoes.itemCount + calls.itemCount + statuses.itemCount
        // As nearly all are sent: nobody is read for it.
        guard count > 1 else { return count == 1 }
        let lists: [(items: JSON, person: (JSON) -> Person)] = [
            (messages, Person.sender), (echoes, Person.recipient(ofEcho:)), (calls, Person.ofCall), (statuses, Person.recipient(ofStatus:)),
        ]
        var first: String?
        for (items, person) in lists {
            for item in items.elements {
                let person = person(item)
                guard person.address != nil else { continue }
                guard let address = person.shown.address else { return false }
                guard first == nil || first.isExactly(address) else { return false }
                first = address
            }
        }
        return true
    }
}

/// A contact of the list, read once for all the items of its change.
struct ListedContact {
    let person: Person
    let name: String?
    /// What else is told of the person, as JSON: the username beside a name, `identity_key_hash`. Nil where nothing is.
    let rest: String?

    /// The most bytes of `rest`: a change may have as many items as fit beside it.
    private static let longestRest = 512

    init(_ json: JSON) {
        person = .contact(json)
        let profile = json["profile"]
        // As long as it is kept: a change may have as many items as fit beside it.
        name = Party(displayName: profile["name"].name ?? profile["username"].name).displayName
        rest = Self.rest(of: json)
    }

    /// What a contact tells beside ids and name, as far as it is not too long.
    static func rest(of json: JSON) -> String? {
        var rest = MemberList(upTo: longestRest)
        var shown = MemberList(upTo: longestRest)
        shown.append(membersOf: json["profile"]) { $0 == "name" }
        rest.append("profile", raw: shown.text)
        rest.append(membersOf: json) { isRead($0) }
        return rest.text
    }

    /// Whether a member of a contact is read by its name.
    private static func isRead(_ name: String) -> Bool {
        switch name {
        case "profile", "wa_id", "user_id", "parent_user_id": true
        default: false
        }
    }
}

extension JSON {
    /// How many items a list has; none where it is no array.
    fileprivate var itemCount: Int { kind == .array ? count : 0 }
}
