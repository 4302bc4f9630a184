import JSON
import Messaging

/// How an item names a person: by number, by business-scoped user ids, or by both.
struct Person {
    var phone: String?
    var userID: String?
    var parentUserID: String?

    /// The sender of a message or a caller.
    static func sender(of item: JSON) -> Person {
        Person(
            phone: item["from"].identifier, userID: item["from_user_id"].identifier,
            parentUserID: item["from_parent_user_id"].identifier)
    }

    /// To whom the business wrote or whom it called.
    static func recipient(of item: JSON) -> Person {
        Person(
            phone: item["to"].identifier, userID: item["to_user_id"].identifier, parentUserID: item["to_parent_user_id"].identifier)
    }

    /// Of a contact, a preference, a history thread, or what became of somebody's number and id.
    static func contact(_ json: JSON) -> Person {
        Person(
            phone: json["wa_id"].identifier, userID: json["user_id"].identifier, parentUserID: json["parent_user_id"].identifier)
    }

    /// The id that is shown as a message's sender.
    var address: String? { phone ?? userID ?? parentUserID }

    /// The ids as identities of an account.
    func identities(scope: String) -> [Identity] {
        var identities: [Identity] = []
        if let userID { identities.append(Identity(kind: "whatsapp_user_id", scope: scope, value: userID)) }
        if let parentUserID { identities.append(Identity(kind: "whatsapp_parent_user_id", scope: scope, value: parentUserID)) }
        return identities
    }

    /// The person with what their contact adds; nil where the item itself has no id of them.
    func party(with contact: ListedContact?, scope: String) -> Party? {
        guard address != nil else { return nil }
        var party = Party(phone: phone.map { ReceivedPhone($0) }, identities: identities(scope: scope))
        guard let contact else { return party }
        let other = contact.person
        party.phone = party.phone ?? other.phone.map { ReceivedPhone($0) }
        party.add(other.identities(scope: scope))
        party.displayName = contact.name
        return party
    }
}

extension Party {
    /// Adds those that it does not have.
    mutating func add(_ others: [Identity]) {
        for other in others where !identities.contains(other) { identities.append(other) }
    }
}
