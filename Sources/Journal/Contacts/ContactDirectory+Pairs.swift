import Messaging
import PhoneNumbers

extension ContactDirectory {
    /// A provider told at a moment that a number and ids are one person's, who did nothing themselves: the contact that has the one is
    /// found by the other from now on, and is made where there is none.
    ///
    /// What is told so may be late. Where the ids lead to somebody who has another number, or the number has passed to somebody since,
    /// nothing is learned: what a person does themselves tells whose they are.
    func learn(_ pair: Party, since moment: Instant, at now: Instant) throws {
        guard known(pair) == nil, let number = pair.phone.flatMap({ PhoneNumber($0) }) else { return }
        let holder = try find(number)
        if let holder, holder.contact.numberFrom != nil, holder.contact.numberIsLater(than: moment, at: now) { return }
        for identity in pair.identities where identity.isOfLength {
            guard let other = try contacts.contactID(of: identity).flatMap({ try record($0) }), other !== holder else { continue }
            guard other.contact.phone == nil else { return }
        }
        _ = try resolve(pair, since: moment, at: now)
    }
}
