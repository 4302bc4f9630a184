import Messaging
import PhoneNumbers

// A number that passes from one person to another. WhatsApp's user id belongs to an account with its number: "a phone number change also
// regenerates the user's business-scoped user ID" ("Changelog" of 2026-08-11, developers.facebook.com, read 2026-11), and the report of the
// change contains the previous id. So a sender who shows a number with another id than those of its holder is another person.
extension ContactDirectory {
    /// The contacts to which an id leads: under its own scope, otherwise under the other scopes of its portfolio.
    func records(of identity: Identity) throws -> [ContactRecord] {
        guard identity.isOfLength else { return [] }
        return try record(of: identity).map { [$0] } ?? elsewhere(identity)
    }

    /// The contacts to which an id leads under the other scopes of its portfolio, if its own scope has none: earlier versions stored it
    /// under an account's name.
    func elsewhere(_ identity: Identity) throws -> [ContactRecord] {
        try portfolios[identity.scope].compactMap {
            try record(of: Identity(kind: identity.kind, scope: $0, value: identity.value))
        }
    }

    /// Whether the contact to which a number leads is another person than the one who shows the number with these ids. `known` are the
    /// contacts to which the ids lead.
    func isSomebodyElse(_ holder: ContactRecord, than known: [ContactRecord], showing ids: [Identity]) throws -> Bool {
        guard !ids.isEmpty, !known.contains(where: { $0 === holder }) else { return false }
        if let person = known.first, try hasPassed(between: holder, person) { return true }
        return try hasOthers(holder, than: ids)
    }

    /// Whether a contact has ids of the same kinds and scopes as these, but none of these.
    func hasOthers(_ record: ContactRecord, than ids: [Identity]) throws -> Bool {
        let own = try contacts.providerIDs(of: record.contact.id)
        let alike = own.flatMap { one in ids.filter { $0.kind == one.kind && portfolios.areOne($0.scope, one.scope) }.map { (one, $0) } }
        return !alike.isEmpty && !alike.contains { $0.value.isExactly($1.value) }
    }

    /// Whether the number is known to have passed from one contact to the other. The contact from which it passed may have been merged
    /// since.
    func hasPassed(between one: ContactRecord, _ other: ContactRecord) throws -> Bool {
        for (holder, former) in [(one, other), (other, one)] {
            if let from = holder.contact.numberFrom, try record(from) === former { return true }
        }
        return false
    }

    /// The contact of a party whose number leads to another person: the contact of the ids, or a new one. It has the number from the time
    /// at which it was shown, unless the other person has it since later.
    func resolve(
        _ party: Party, as known: [ContactRecord], apartFrom other: ContactRecord, since seen: Instant, at now: Instant
    ) throws -> ContactRecord {
        let number = party.phone.flatMap { PhoneNumber($0) }
        let isHolder = number?.variants.contains { $0.e164 == other.contact.phone } ?? false
        let person = try known.first.map { try unite($0, with: known, at: now) }
        let later = [isHolder ? other : nil, person].compactMap { $0 }.filter { $0.contact.numberIsLater(than: seen, at: now) }
        let isNews = later.isEmpty
        if isNews, isHolder { try giveUpPhone(other, at: now) }
        let found = try person ?? make(phone: isNews ? number : nil, from: other.contact.id, since: seen, at: now)
        var linked: [Identity] = []
        // Outdated information about the number leaves it with the contact to which it leads.
        for key in party.keys where isNews || key.kind != Identity.phoneKind {
            if try record(of: key) === found || linkWhereRoom(key, to: found, at: now) { linked.append(key) }
        }
        try learn(number: isNews ? number : nil, from: other.contact.id, since: seen, name: party.displayName, about: found, at: now)
        remember(linked, number, of: found)
        return found
    }
}
