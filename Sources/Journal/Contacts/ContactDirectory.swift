import Messaging
import PhoneNumbers
import SQLiteStore

/// Finds, creates and merges contacts: each person has one contact, whatever phone or id they show.
final class ContactDirectory {
    let contacts: ContactTable
    let showings: NumberShowings
    let changes: ChangeTable
    private let sessions: SessionTable
    var cache: ContactCache
    private let current: CurrentPortfolios
    private let makeID: (Instant) -> ContactID

    init(
        _ db: Database, sessions: SessionTable, changes: ChangeTable, portfolios: CurrentPortfolios, capacity: ContactCache.Capacity,
        makeID: @escaping (Instant) -> ContactID
    ) throws {
        contacts = try ContactTable(db, changes)
        showings = try NumberShowings(db, sessions)
        self.changes = changes
        self.sessions = sessions
        current = portfolios
        cache = ContactCache(capacity: capacity)
        self.makeID = makeID
    }

    /// The portfolios by the settings in force.
    var portfolios: Portfolios { current.value }

    /// Removes the contacts from memory that were used longest ago, if there are too many.
    func makeRoom() { cache.age() }
    func forget() { cache.clear() }

    /// The record of a party about which nothing is new; nil if this cannot be decided without a query.
    func known(_ party: Party) -> ContactRecord? {
        var found: ContactRecord?
        for identity in party.keys {
            guard let record = cache.record(of: identity), found == nil || found === record else { return nil }
            found = record
        }
        return found.flatMap { tellsNoName(party, to: $0) ? $0 : nil }
    }

    /// The same for a contact that is not in memory: a few queries suffice for most parties.
    func knownToFile(_ party: Party) throws -> ContactRecord? {
        let keys = party.keys
        return keys.isEmpty ? nil : known(party, keys, leadingTo: try records(of: keys))
    }

    /// Whether a party shows no name, or the name that its contact has.
    private func tellsNoName(_ party: Party, to record: ContactRecord) -> Bool {
        party.displayName == nil || party.displayName == record.contact.displayName
    }

    /// The record of a party about which nothing is new, found by the contacts to which its keys lead in the file; nil if its number must
    /// be parsed first.
    ///
    /// Parsing a number takes longer than finding it as it is written, and is not needed if the text is the contact's number in E.164.
    private func known(_ party: Party, _ keys: [Identity], leadingTo found: [ContactRecord?]) -> ContactRecord? {
        guard let record = found[0], found.allSatisfy({ $0 === record }), tellsNoName(party, to: record),
            party.phone?.isWritten(record.contact.phone) ?? true
        else { return nil }
        for key in keys { cache.remember(record, as: key) }
        return record
    }

    /// The record of a contact in memory; never queries the file.
    func remembered(_ id: ContactID) -> ContactRecord? { cache.record(id) }

    /// The contact with an id; for a merged contact, the contact into which it was merged.
    func record(_ id: ContactID) throws -> ContactRecord? {
        var next = id
        // A contact may be merged into one that was merged itself, and so on: the chain may be as long as there are contacts.
        while true {
            if let record = cache.record(next) { return record }
            guard let found = try contacts.find(next) else { return nil }
            guard let successor = found.mergedInto else { return remember(found) }
            next = successor
        }
    }

    private func remember(_ found: FoundContact) -> ContactRecord {
        let record = ContactRecord(contact: found.contact, session: sessions.completed(found.session))
        cache.remember(record)
        return record
    }

    /// Finds or creates the contact of a party and stores what is new about it; nil if the party shows nothing by which it could be found.
    /// `since` is the time at which the party was seen, by default `now`.
    ///
    /// A message may be late, so its number also leads to a former holder. With `hasNumberNow` it does not, since somebody else may have
    /// the number. If number and ids lead to different contacts, the ids count.
    func resolve(_ party: Party, since seen: Instant? = nil, at now: Instant, hasNumberNow: Bool = false) throws -> ContactRecord? {
        let keys = party.keys
        guard !keys.isEmpty else { return nil }
        let seen = seen ?? now
        var byKey = try records(of: keys)
        if let known = known(party, keys, leadingTo: byKey) { return known }
        let number = party.phone.flatMap { PhoneNumber($0) }
        let byNumber = try number.flatMap { try find($0) }
        let former = byNumber == nil && keys[0].kind == Identity.phoneKind ? byKey[0]?.contact.id : nil
        if hasNumberNow, byNumber == nil, byKey[0].map({ $0.contact.phone != nil || $0.contact.numberSince != nil }) ?? false {
            byKey[0] = nil
        }
        var byID: [ContactRecord] = []
        for (key, found) in zip(keys, byKey) where key.kind != Identity.phoneKind { byID += try found.map { [$0] } ?? elsewhere(key) }
        let byFormerNumber = keys[0].kind == Identity.phoneKind ? byKey[0] : nil
        let hasLeft = byNumber == nil && byID.isEmpty && !party.identities.isEmpty && (byFormerNumber?.contact.hasMoved(by: seen) ?? false)
        if let other = byNumber ?? byFormerNumber, try hasLeft || isSomebodyElse(other, than: byID, showing: party.identities) {
            return try resolve(party, as: byID, apartFrom: other, since: seen, at: now)
        }
        let first = try byNumber ?? byID.first ?? byFormerNumber ?? make(phone: number, from: former, since: seen, at: now)
        let found = try unite(first, with: byID, at: now)
        // A number that led here before is not new: after a change of number a late message may still come from it.
        let hasNumber = number?.variants.contains { $0.e164 == found.contact.phone } ?? true
        let isKnown = byNumber == nil && byFormerNumber === first && first.contact.phone != nil
        let isNews = !hasNumber && !isKnown && !found.contact.numberIsLater(than: seen, at: now)
        var linked: [Identity] = []
        for (key, current) in zip(keys, byKey) {
            if try current === found || linkWhereRoom(key, to: found, at: now) { linked.append(key) }
        }
        try learn(number: isNews ? number : nil, from: former, since: seen, name: party.displayName, about: found, at: now)
        remember(linked, number, of: found)
        return found
    }

    /// Writes the expiry of a session that no sweep has written yet.
    func expireOverdueSession(of record: ContactRecord, at now: Instant) throws {
        guard var overdue = record.session, !overdue.isLive(at: now) else { return }
        overdue.status = .expired
        record.session = nil
        try sessions.save(overdue)
    }

    /// Former numbers are looked up each time, since they may belong to another person by the time of the next message.
    func remember(_ keys: [Identity], _ number: PhoneNumber?, of record: ContactRecord) {
        let isPresent = number?.variants.contains { $0.e164 == record.contact.phone } ?? true
        for key in keys where isPresent || key.kind != Identity.phoneKind { cache.remember(record, as: key) }
    }

    /// Counts again the memory that a contact takes, after its texts have changed.
    func weigh(_ record: ContactRecord) { cache.remember(record) }

    /// Links an identity to a contact; false if the contact has as many identities as allowed, but its number leads to it all the same.
    ///
    /// If two contacts that cannot be one person show the same id, it stays with the older contact, in whatever order they show it.
    /// Otherwise the older contact would have no id, and the next person with its number would be taken for it. A number leads to its
    /// holder.
    func linkWhereRoom(_ identity: Identity, to record: ContactRecord, at now: Instant) throws -> Bool {
        if identity.kind != Identity.phoneKind, let other = try self.record(of: identity), other !== record,
            other.contact.isOlder(than: record.contact)
        {
            return false
        }
        guard try contacts.identityCount(of: record.contact.id, upTo: Self.mostIdentities) < Self.mostIdentities else { return false }
        try link(identity, to: record, at: now)
        return true
    }

    /// Links an identity to a contact. Memory forgets its previous contact; the caller may know that the new link can be remembered.
    func link(_ identity: Identity, to record: ContactRecord, at now: Instant) throws {
        try contacts.link(identity, to: record.contact.id, at: now)
        cache.forget(identity)
    }

    /// A person has a handful of identities. A merge rewrites all of them, and so does the sync.
    static let mostIdentities = 100

    /// The contact to which a number, in the received spelling, has led, whether or not it has the number now.
    func formerHolder(of phone: ReceivedPhone) throws -> ContactRecord? {
        try Party(phone: phone).keys.first.flatMap { try record(of: $0) }
    }

    func record(of identity: Identity) throws -> ContactRecord? {
        if let record = cache.record(of: identity) { return record }
        guard let found = try contacts.find(of: identity) else { return nil }
        // Memory may have the contact by another identity, and then the record in memory counts.
        if found.mergedInto == nil, cache.record(found.contact.id) == nil { return remember(found) }
        return try record(found.contact.id)
    }

    /// The contacts to which a party's keys lead. It is nearly always a single contact: once a key has led to it, memory has it, and for
    /// the other keys the contact's id is enough.
    private func records(of keys: [Identity]) throws -> [ContactRecord?] {
        var isMet = false
        return try keys.map { key in
            if isMet { return try cache.record(of: key) ?? contacts.contactID(of: key).flatMap { try record($0) } }
            let found = try record(of: key)
            isMet = found != nil
            return found
        }
    }

    func make(phone: PhoneNumber?, from former: ContactID?, since moment: Instant, at now: Instant) throws -> ContactRecord {
        var contact = Contact(id: makeID(now), phone: nil)
        if let phone { contact.take(phone: phone.e164, from: former, since: moment) }
        let record = ContactRecord(contact: contact, session: nil)
        try contacts.insert(record.contact, at: now)
        cache.remember(record)
        return record
    }

    /// Writes a new phone or name; the active session gets the contact's phone. `former` had the number, and `since` is the time from which
    /// it is this person's.
    func learn(
        number: PhoneNumber?, from former: ContactID? = nil, since: Instant? = nil, name: String?, about record: ContactRecord,
        at now: Instant
    ) throws {
        let before = record.contact
        if let number, record.contact.phone == nil || !number.variants.contains(where: { $0.e164 == before.phone }) {
            record.contact.take(phone: number.e164, from: former == before.id ? nil : former, since: since ?? now)
        }
        if let name { record.contact.displayName = name }
        guard record.contact != before else { return }
        try contacts.save(record.contact, at: now)
        if record.contact.phone != before.phone { try phoneChanged(of: record) }
    }

    /// The numbers that led here are former ones; the session has the present one.
    private func phoneChanged(of record: ContactRecord) throws {
        cache.forgetPhones(of: record)
        record.session?.phone = record.contact.phone
        if let session = record.session { try sessions.save(session) }
    }

    /// Merges contacts that a provider's ids name as the same person, as far as that is possible, and returns the surviving contact.
    func unite(_ first: ContactRecord, with others: [ContactRecord], at now: Instant) throws -> ContactRecord {
        var person = first
        for given in others {
            // Two ids may have led to one contact, which has been merged into another meanwhile.
            let other = remembered(given.contact.id) ?? given
            if other !== person, try isOne(person, other, Contact.canShareIdentity) { person = try join(person, other, at: now) }
        }
        return person
    }

    /// Whether two contacts that have, or had, one number are one person. The contact from which the number passed may have been merged
    /// since.
    func canShareNumber(_ one: ContactRecord, _ other: ContactRecord) throws -> Bool {
        try !hasPassed(between: one, other) && isOne(one, other, Contact.canShareNumber)
    }

    /// Whether two contacts are one person by a rule, and would not have too many identities together.
    private func isOne(_ one: ContactRecord, _ other: ContactRecord, _ rule: (Contact) -> (Contact) -> Bool) throws -> Bool {
        guard rule(one.contact)(other.contact) else { return false }
        let most = Self.mostIdentities
        let count = try contacts.identityCount(of: one.contact.id, upTo: most) + contacts.identityCount(of: other.contact.id, upTo: most)
        return count <= most
    }

    /// Merges two contacts that turned out to be one person, and returns the older one, which survives.
    func join(_ one: ContactRecord, _ other: ContactRecord, at now: Instant) throws -> ContactRecord {
        let (survivor, loser) = one.contact.isOlder(than: other.contact) ? (one, other) : (other, one)
        try merge(loser, into: survivor, at: now)
        return survivor
    }

    /// Takes the number from a contact, since somebody else has it. The time from which the contact had it stays, so that late reports
    /// about an earlier moment have no effect.
    func giveUpPhone(_ record: ContactRecord, at now: Instant) throws {
        record.contact.take(phone: nil, since: record.contact.numberSince)
        try contacts.save(record.contact, at: now)
        try phoneChanged(of: record)
    }

    /// Merges `loser` into `survivor`, with its identities and sessions. The change is sent to the database even if it came from there,
    /// since the database may not have the identities.
    func merge(_ loser: ContactRecord, into survivor: ContactRecord, at now: Instant) throws {
        try contacts.merge(loser.contact.id, into: survivor.contact.id, at: now)
        try changes.aloud { try changes.mark(survivor.contact.id) }
        let numbers = [survivor.contact.phone, loser.contact.phone].compactMap { $0 }
        survivor.contact.absorb(loser.contact)
        try contacts.save(survivor.contact, at: now)
        try mergeSessions(of: loser, into: survivor, at: now)
        cache.replace(loser, by: survivor)
        // Former numbers are looked up each time.
        if numbers.contains(where: { $0 != survivor.contact.phone }) { cache.forgetPhones(of: survivor) }
    }

    /// An overdue session is over, whether or not the sweep has written this: it is never revived.
    private func mergeSessions(of loser: ContactRecord, into survivor: ContactRecord, at now: Instant) throws {
        for record in [survivor, loser] { try expireOverdueSession(of: record, at: now) }
        var live = [survivor.session, loser.session].compactMap { $0 }
        for index in live.indices { live[index].follow(survivor.contact) }
        loser.session = nil
        switch (live.first, live.dropFirst().first) {
        case (let one?, let other?):
            let union = SessionUnion(one, other, at: now)
            try sessions.store(union)
            survivor.session = union.kept
        case (let only?, nil):
            try sessions.save(only)
            survivor.session = only
        default: break
        }
    }
}
