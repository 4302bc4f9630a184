import JSON
import Messaging

/// A person as an item identifies them: by number, by business-scoped user ids, or by both.
struct Person {
    var phone: String?
    var userID: String?
    var parentUserID: String?

    /// The sender of a message, or a caller.
    static func sender(of item: JSON) -> Person {
        Person(
            phone: item["from"].identifier, userID: item["from_user_id"].identifier,
            parentUserID: item["from_parent_user_id"].identifier)
    }

    /// The recipient of the business's message or call; nobody for a message to a group. Another responder's message has the form in which
    /// it was posted to Meta, with the person's id of either kind in `recipient`.
    static func recipient(of item: JSON) -> Person {
        guard item["recipient_type"].string != "group" else { return Person() }
        var person = Person(
            phone: item["to"].identifier, userID: item["to_user_id"].identifier, parentUserID: item["to_parent_user_id"].identifier)
        guard let id = item["recipient"].identifier else { return person }
        if id.contains(".ENT.") { person.parentUserID = person.parentUserID ?? id } else { person.userID = person.userID ?? id }
        return person
    }

    /// The recipient of an echo: a message that the business sent.
    static func recipient(ofEcho echo: JSON) -> Person { .recipient(of: echo.said) }

    /// The person of a call, determined by its direction, regardless of who hangs up; without a direction, the caller.
    static func ofCall(_ call: JSON) -> Person {
        call["direction"].string == "BUSINESS_INITIATED" ? .recipient(of: call) : .sender(of: call)
    }

    /// The person that a status is about. In a group it is the one who received or read the message, for which Meta's two pages have
    /// different names ("Business-scoped user IDs", "Group messaging", developers.facebook.com, read 2026-11).
    static func recipient(ofStatus report: JSON) -> Person {
        let isOfGroup = report["recipient_type"].string == "group"
        let recipient = isOfGroup ? nil : report["recipient_id"].identifier
        let participant = report["recipient_participant_id"].identifier ?? report["participant_recipient_id"].identifier
        guard !isOfGroup, participant == nil else {
            return Person(
                phone: participant.flatMap { $0.isNumber ? $0 : nil }, userID: report["recipient_participant_user_id"].identifier,
                parentUserID: report["recipient_participant_parent_user_id"].identifier)
        }
        return Person(
            phone: recipient.flatMap { $0.isNumber ? $0 : nil }, userID: report["recipient_user_id"].identifier,
            parentUserID: report["recipient_parent_user_id"].identifier ?? report["parent_recipient_user_id"].identifier
                ?? report["parent_user_id"].identifier)
    }

    /// The person of a contact, a preference, a history thread, or a change of a number or id.
    static func contact(_ json: JSON) -> Person {
        Person(
            phone: json["wa_id"].identifier, userID: json["user_id"].identifier, parentUserID: json["parent_user_id"].identifier)
    }

    /// The person of a contact on the business's phone or of a handover, where the number has another name.
    static func numbered(_ json: JSON) -> Person {
        var person = Person.contact(json)
        person.phone = json["phone_number"].identifier ?? person.phone
        return person
    }

    /// The id that is stored as a message's sender.
    var address: String? { phone ?? userID ?? parentUserID }

    /// The person without placeholders for nobody, which are equal for all hidden people.
    var shown: Person {
        Person(
            phone: phone.flatMap { ReceivedPhone($0).isSomebodys ? $0 : nil }, userID: userID.ofSomebody,
            parentUserID: parentUserID.ofSomebody)
    }

    /// The ids as identities, each in all scopes of the account.
    func identities(scopes: [String]) -> [Identity] {
        var identities: [Identity] = []
        for scope in scopes {
            if let userID { identities.append(Identity(kind: "whatsapp_user_id", scope: scope, value: userID)) }
            if let parentUserID { identities.append(Identity(kind: "whatsapp_parent_user_id", scope: scope, value: parentUserID)) }
        }
        return identities
    }

    /// The person with the data of their contact; nil if the item has no id of the person, or if all ids are placeholders for nobody.
    func party(with contact: ListedContact?, scopes: [String]) -> Party? {
        guard address != nil else { return nil }
        var party = Party(phone: phone.map { ReceivedPhone($0) }, identities: identities(scopes: scopes))
        guard let contact else { return party.isNobody ? nil : party }
        let other = contact.person
        party.phone = party.phone ?? other.phone.map { ReceivedPhone($0) }
        party.add(other.identities(scopes: scopes))
        party.displayName = contact.name
        return party.isNobody ? nil : party
    }
}

extension Party {
    /// Adds the identities that it does not have.
    mutating func add(_ others: [Identity]) {
        for other in others where !identities.contains(other) { identities.append(other) }
    }

    /// The party, if it contains both a number and an id; otherwise nil.
    var pair: Party? { phone == nil || identities.isEmpty ? nil : self }
}
