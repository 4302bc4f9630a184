import JSON
import Messaging

/// The `contacts` of a change, found by what an item says about its person.
struct ContactList {
    /// Empty if there is only one contact, so that most webhooks build no dictionary.
    private var byID: [ExactText: ListedContact] = [:]
    private var only: ListedContact?
    private var isOfAllItems = false

    /// `value` contains the lists of items to which the contacts belong.
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

    /// The contact with this number or user id. If there is a single contact, and all items name the same person, the contact is returned
    /// even if the ids differ, since a number and its `wa_id` may differ.
    subscript(_ person: Person) -> ListedContact? {
        if let only { return isOfAllItems || Self.matches(only, person) ? only : nil }
        if byID.isEmpty { return nil }
        return person.phone.flatMap { byID[ExactText($0)] } ?? person.userID.flatMap { byID[ExactText($0)] }
    }

    /// The person for items that name nobody: the only contact, unless other items name several people.
    var personOfAllItems: Person? { isOfAllItems ? only?.person : nil }

    /// The only contact of a change, whatever the change is about.
    var sole: Person? { only?.person }

    private static func matches(_ contact: ListedContact, _ person: Person) -> Bool {
        let other = contact.person.shown
        return (other.phone != nil && other.phone.isExactly(person.phone)) || (other.userID != nil && other.userID.isExactly(person.userID))
    }

    /// Whether there are items, and all items that name a person name the same one. Hidden people do not count as the same.
    private static func haveOnePerson(_ value: JSON) -> Bool {
        let (messages, echoes, calls, statuses) = (value["messages"], value["message_echoes"], value["calls"], value["statuses"])
        let count = messages.itemCount + echoes.itemCount + calls.itemCount + statuses.itemCount
        // Nearly all changes have one item; its person need not be read.
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

/// A contact in the list, read once for all items of its change.
struct ListedContact {
    let person: Person
    let name: String?
    /// Other facts about the person, as JSON, such as the username beside a name, or `identity_key_hash`; nil if there are none.
    let rest: String?

    /// The most bytes of `rest`, which every item of the change may store.
    private static let longestRest = 512

    init(_ json: JSON) {
        person = .contact(json)
        let profile = json["profile"]
        // Cut to the stored length, since every item of the change may store it.
        name = Party(displayName: profile["name"].name ?? profile["username"].name).displayName
        rest = Self.rest(of: json)
    }

    /// The facts in a contact other than ids and name, if not too long.
    static func rest(of json: JSON) -> String? {
        var rest = MemberList(upTo: longestRest)
        var shown = MemberList(upTo: longestRest)
        shown.append(membersOf: json["profile"]) { $0 == "name" }
        rest.append("profile", raw: shown.text)
        rest.append(membersOf: json) { isRead($0) }
        return rest.text
    }

    /// Whether a member of a contact is read by name.
    private static func isRead(_ name: String) -> Bool {
        switch name {
        case "profile", "wa_id", "user_id", "parent_user_id": true
        default: false
        }
    }
}

extension JSON {
    /// The number of items in a list; 0 if it is not an array.
    fileprivate var itemCount: Int { kind == .array ? count : 0 }
}
