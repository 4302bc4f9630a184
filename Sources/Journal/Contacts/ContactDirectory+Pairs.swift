import Messaging
import PhoneNumbers

extension ContactDirectory {
    /// A provider reported at a moment that a number and ids belong to one person, who did nothing themselves. The contact that has one of
    /// them is found by the others from now on; if there is no such contact, it is created. Nil if it is not clear who is meant.
    ///
    /// Such a report may be late. If the ids lead to somebody with another number, or if the number has passed to somebody since, nothing
    /// is changed: only a person's own messages decide whose they are.
    @discardableResult
    func learn(_ pair: Party, since moment: Instant, at now: Instant) throws -> ContactRecord? {
        if let known = try known(pair) ?? knownToFile(pair) { return known }
        guard let number = pair.phone.flatMap({ PhoneNumber($0) }) else { return nil }
        let holder = try find(number)
        if let holder, holder.contact.numberFrom != nil, holder.contact.numberIsLater(than: moment, at: now) { return nil }
        for identity in pair.identities where identity.isOfLength {
            guard let other = try contacts.contactID(of: identity).flatMap({ try record($0) }), other !== holder else { continue }
            guard other.contact.phone == nil else { return nil }
        }
        return try resolve(pair, since: moment, at: now)
    }
}

extension Party {
    /// Whether it reports a number together with an id.
    var isPair: Bool { phone != nil && !identities.isEmpty }
}
