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

    /// To whom the business wrote or whom it called. A message to a group names nobody. One that another responder sent is as it was
    /// posted to Meta, where `recipient` is the person's id of either kind.
    static func recipient(of item: JSON) -> Person {
        guard item["recipient_type"].string != "group" else { return Person() }
        var person = Person(
            phone: item["to"].identifier, userID: item["to_user_id"].identifier, parentUserID: item["to_parent_user_id"].identifier)
        guard let id = item["recipient"].identifier else { return person }
        if id.contains(".ENT.") { person.parentUserID = person.parentUserID ?? id } else { person.userID = person.userID ?? id }
        return person
    }

    /// To whom an echo went.
    static func recipient(ofEcho echo: JSON) -> Person { .recipient(of: echo.said) }

    /// The person of a call by its direction, whoever hangs up; without one the caller.
    static func ofCall(_ call: JSON) -> Person {
        call["direction"].string == "BUSINESS_INITIATED" ? .recipient(of: call) : .sender(of: call)
    }

    /// Whom a status is about. Of a message to a group it is who received or read it, under the names of the one or the other page
    /// ("Business-scoped user IDs", "Group messaging", developers.facebook.com, read 2026-11).
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

    /// Of a contact, a preference, a history thread, or what became of somebody's number and id.
    static func contact(_ json: JSON) -> Person {
        Person(
            phone: json["wa_id"].identifier, userID: json["user_id"].identifier, parentUserID: json["parent_user_id"].identifier)
    }

    /// Of somebody in the business's phone or in a conversation that changes hands, whose number has its own name there.
    static func numbered(_ json: JSON) -> Person {
        var person = Person.contact(json)
        person.phone = json["phone_number"].identifier ?? person.phone
        return person
    }

    /// The id that is shown as a message's sender.
    var address: String? { phone ?? userID ?? parentUserID }

    /// Without what is nobody's: it is the same for two who hide theirs.
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

    /// The person with what their contact adds; nil where the item itself has no id of them, or all are nobody's.
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
    /// Adds those that it does not have.
    mutating func add(_ others: [Identity]) {
        for other in others where !identities.contains(other) { identities.append(other) }
    }

    /// The party where it tells which number and which id are one person's.
    var pair: Party? { phone == nil || identities.isEmpty ? nil : self }
}
