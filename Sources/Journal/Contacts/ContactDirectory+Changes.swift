import Messaging
import PhoneNumbers

extension ContactDirectory {
    /// The contact of a party as it was before a change at a past moment. Somebody who has got the number since is another person, and so
    /// is somebody who has the number with another id.
    ///
    /// An id that the change itself introduces cannot identify the party before it: a change of an id that does not name the former id is
    /// resolved by the number.
    func resolve(_ given: Party, before change: IdentityChange, asOf moment: Instant, at now: Instant) throws -> ContactRecord? {
        var party = given
        party.identities.removeAll { change.identities.contains($0) }
        if party.keys.isEmpty { party = given }
        guard let holder = try party.phone.flatMap({ PhoneNumber($0) }).flatMap({ try find($0) }) else {
            return try resolve(party, since: moment, at: now)
        }
        try confirmNumber(of: holder, before: change, asOf: moment, at: now)
        let ids = party.identities
        let known = try ids.flatMap { try records(of: $0) }
        guard try holder.contact.numberIsLater(than: moment, at: now) || isSomebodyElse(holder, than: known, showing: ids) else {
            return try resolve(party, since: moment, at: now)
        }
        if let person = known.first { return person }
        let former = try holder.contact.numberFrom.flatMap { try record($0) }
        if let former, try !isSomebodyElse(former, than: known, showing: ids) { return former }
        party.phone = nil
        return try resolve(party, since: moment, at: now) ?? make(phone: nil, from: nil, since: moment, at: now)
    }

    /// Applies a change of number or ids that happened at a moment, possibly long ago: old and new ones lead to the same contact from now
    /// on, which is returned. Later information stays.
    func apply(_ change: IdentityChange, to former: ContactRecord, since moment: Instant, at now: Instant) throws -> ContactRecord {
        var record = former
        let after = Party(phone: change.phone, identities: change.identities)
        let number = change.phone.flatMap { PhoneNumber($0) }
        try confirmNumber(of: record, before: change, asOf: moment, at: now)
        if let phone = change.phone, let number {
            record = try give(number, as: phone, to: record, showing: change.identities, since: moment, at: now)
        }
        var linked: [Identity] = []
        for key in after.keys {
            if key.kind != Identity.phoneKind { record = try unite(record, with: records(of: key), at: now) }
            if key.kind == Identity.phoneKind, let number, let holder = try find(number), holder !== record { continue }
            if try linkWhereRoom(key, to: record, at: now) { linked.append(key) }
        }
        remember(linked, number, of: record)
        return record
    }

    /// If the holder has shown their number after a moment, they have had it since: a change at that moment to another number is outdated.
    private func confirmNumber(of holder: ContactRecord, before change: IdentityChange, asOf moment: Instant, at now: Instant) throws {
        guard let number = change.phone.flatMap({ PhoneNumber($0) }), !holder.contact.numberIsLater(than: moment, at: now),
            !number.variants.contains(where: { $0.e164 == holder.contact.phone }),
            let shown = try showings.latest(of: holder.contact, after: moment)
        else { return }
        holder.contact.numberSince = min(shown, now)
        try contacts.save(holder.contact, at: now)
    }

    /// A person has a number since a moment, and shows ids with it. The previous holder is the same person if that is possible; otherwise
    /// the number passed from one to the other, and the later of the two has it.
    private func give(
        _ number: PhoneNumber, as received: ReceivedPhone, to given: ContactRecord, showing ids: [Identity], since moment: Instant,
        at now: Instant
    ) throws -> ContactRecord {
        var record = given
        let former = try formerHolder(of: received)
        let shown = try ids.flatMap { try records(of: $0) }
        if let holder = try find(number) {
            guard holder !== record else { return record }
            if try canShareNumber(holder, record), try !isSomebodyElse(holder, than: shown, showing: ids) {
                record = try join(holder, record, at: now)
                if !record.contact.numberIsLater(than: moment, at: now) {
                    try learn(number: number, since: moment, name: nil, about: record, at: now)
                }
                return record
            }
            if holder.contact.numberIsLater(than: moment, at: now) {
                // The person had this number in between, and no longer has the number before it.
                if !record.contact.numberIsLater(than: moment, at: now) {
                    record.contact.numberSince = moment
                    try giveUpPhone(record, at: now)
                }
                return record
            }
            try giveUpPhone(holder, at: now)
            try learn(number: number, from: holder.contact.id, since: moment, name: nil, about: record, at: now)
            return record
        }
        // A contact that has left the number since then had it from that moment on: it is the same person, whose later change was reported
        // first.
        if let former, former !== record, former.contact.phone != nil, former.contact.numberIsLater(than: moment, at: now),
            try canShareNumber(former, record), try !isSomebodyElse(former, than: shown, showing: ids)
        {
            record = try join(former, record, at: now)
        }
        guard !record.contact.numberIsLater(than: moment, at: now) else { return record }
        try learn(number: number, from: former?.contact.id, since: moment, name: nil, about: record, at: now)
        return record
    }
}
