import Messaging
import PhoneNumbers

extension ContactDirectory {
    /// A provider told at a moment that a number and ids are one person's, who did nothing themselves: the contact that has the one is found
    /// by the other from now on, and is made where there is none. Nil where it cannot be told who is meant.
    ///
    /// What is told so may be late. Where the ids lead to somebody who has another number, or the number has passed to somebody since,
    /// nothing is learned: what a person does themselves tells whose they are.
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
    /// Whether it tells which number and which id are one person's.
    var isPair: Bool { phone != nil && !identities.isEmpty }
}
