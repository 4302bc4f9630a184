import Messaging
import PhoneNumbers
import SQLiteStore

/// Finds, makes and joins contacts: one person, one contact, by whatever phone or id they show.
final class ContactDirectory {
    let contacts: ContactTable
    let showings: NumberShowings
    let changes: ChangeTable
    private let sessions: SessionTable
    var cache: ContactCache
    let portfolios: Portfolios
    private let makeID: (Instant) -> ContactID

    init(
        _ db: Database, sessions: SessionTable, changes: ChangeTable, portfolios: Portfolios, capacity: ContactCache.Capacity,
        makeID: @escaping (Instant) -> ContactID
    ) throws {
        contacts = try ContactTable(db, changes)
        showings = try NumberShowings(db, sessions)
        self.changes = changes
        self.sessions = sessions
        self.portfolios = portfolios
        cache = ContactCache(capacity: capacity)
        self.makeID = makeID
    }

    /// Lets go of the contacts met longest ago, where there are too many.
    func makeRoom() { cache.age() }
    func forget() { cache.clear() }

    /// The record of a party of which nothing is new; nil where a query has to tell.
    func known(_ party: Party) -> ContactRecord? {
        var found: ContactRecord?
        for identity in party.keys {
            guard let record = cache.record(of: identity), found == nil || found === record else { return nil }
            found = record
        }
        return found.flatMap { tellsNoName(party, to: $0) ? $0 : nil }
    }

    /// The same where memory lacks the contact: what the file says is enough for most of whom something is told.
    func knownToFile(_ party: Party) throws -> ContactRecord? {
        let keys = party.keys
        return keys.isEmpty ? nil : known(party, keys, leadingTo: try records(of: keys))
    }

    /// Whether a party shows no name, or that which its contact has.
    private func tellsNoName(_ party: Party, to record: ContactRecord) -> Bool {
        party.displayName == nil || party.displayName == record.contact.displayName
    }

    /// The record of a party of which nothing is new, by whom its keys lead to in the file; nil where its number has to be read first.
    ///
    /// Reading a number takes longer than finding it as it is written, and it is nobody else's where it is what the contact has in E.164.
    private func known(_ party: Party, _ keys: [Identity], leadingTo found: [ContactRecord?]) -> ContactRecord? {
        guard let record = found[0], found.allSatisfy({ $0 === record }), tellsNoName(party, to: record),
            party.phone?.isWritten(record.contact.phone) ?? true
        else { return nil }
        for key in keys { cache.remember(record, as: key) }
        return record
    }

    /// The record of a contact that was met lately; never asks the file.
    func remembered(_ id: ContactID) -> ContactRecord? { cache.record(id) }

    /// The contact of an id; of one that was merged, the contact that it became.
    func record(_ id: ContactID) throws -> ContactRecord? {
        var next = id
        // One that was merged into one that was merged: the way may be as long as there are contacts.
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

    /// Finds or makes the contact of a party and keeps what is new about it; nil where the party shows nothing to be found by. `since` is when the
    /// party was seen, `now` where it is left out.
    ///
    /// A message may be late, so its number leads to whoever had it before. With `hasNumberNow` it does not: somebody else may have it. Where the
    /// number leads to somebody else than whom the party's ids mean, the ids count.
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
        // A number that led here before is no news: after a change of number it may still be the sender of a late message.
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

    /// Writes the expiry that no sweep has written yet.
    func expireOverdueSession(of record: ContactRecord, at now: Instant) throws {
        guard var overdue = record.session, !overdue.isLive(at: now) else { return }
        overdue.status = .expired
        record.session = nil
        try sessions.save(overdue)
    }

    /// A former number is looked up each time: by now it may be somebody else's.
    func remember(_ keys: [Identity], _ number: PhoneNumber?, of record: ContactRecord) {
        let isPresent = number?.variants.contains { $0.e164 == record.contact.phone } ?? true
        for key in keys where isPresent || key.kind != Identity.phoneKind { cache.remember(record, as: key) }
    }

    /// Counts anew what a contact takes in memory, after its texts have changed.
    func weigh(_ record: ContactRecord) { cache.remember(record) }

    /// An identity leads to the contact from now on; false where it has as many as it may have: its number leads to it all the same.
    ///
    /// An id that two contacts show which cannot be one person stays with the older one, in whatever order they show it. Taken from a contact, it
    /// would leave it none, and the next person with its number would be taken for it. A number leads to whoever has it.
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

    /// An identity leads to the contact from now on. Memory lets go of whom it led to: the caller may know that it can be remembered.
    func link(_ identity: Identity, to record: ContactRecord, at now: Instant) throws {
        try contacts.link(identity, to: record.contact.id, at: now)
        cache.forget(identity)
    }

    /// A person has a handful. A merge rewrites all of them, and so does the way to Supabase.
    static let mostIdentities = 100

    /// Whom a number as it was received leads to, whether or not it is theirs now.
    func formerHolder(of phone: ReceivedPhone) throws -> ContactRecord? {
        try Party(phone: phone).keys.first.flatMap { try record(of: $0) }
    }

    func record(of identity: Identity) throws -> ContactRecord? {
        if let record = cache.record(of: identity) { return record }
        guard let found = try contacts.find(of: identity) else { return nil }
        // Memory may have it by another identity, and what it has is what counts.
        if found.mergedInto == nil, cache.record(found.contact.id) == nil { return remember(found) }
        return try record(found.contact.id)
    }

    /// Whom each of a party's keys leads to. It is one contact nearly always: once a key has led to one, memory has it, and of further keys their
    /// contact's id is enough.
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

    /// Writes a new phone or name; the active session shows the contact's phone. `former` had the number, `since` when it is this person's.
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

    /// The numbers that led here are former ones; the session shows the present one.
    private func phoneChanged(of record: ContactRecord) throws {
        cache.forgetPhones(of: record)
        record.session?.phone = record.contact.phone
        if let session = record.session { try sessions.save(session) }
    }

    /// The contact that goes on of one and of others whom a provider's id names as the same person, as far as they can be.
    func unite(_ first: ContactRecord, with others: [ContactRecord], at now: Instant) throws -> ContactRecord {
        var person = first
        for given in others {
            // Two ids may have led to one contact, which has become part of another by now.
            let other = remembered(given.contact.id) ?? given
            if other !== person, try isOne(person, other, Contact.canShareIdentity) { person = try join(person, other, at: now) }
        }
        return person
    }

    /// Whether two contacts that have, or had, one number are one person. Whom it passed from may be part of another contact by now.
    func canShareNumber(_ one: ContactRecord, _ other: ContactRecord) throws -> Bool {
        try !hasPassed(between: one, other) && isOne(one, other, Contact.canShareNumber)
    }

    /// Whether two contacts are one person by a rule, and would not have more identities than one person has.
    private func isOne(_ one: ContactRecord, _ other: ContactRecord, _ rule: (Contact) -> (Contact) -> Bool) throws -> Bool {
        guard rule(one.contact)(other.contact) else { return false }
        let most = Self.mostIdentities
        let count = try contacts.identityCount(of: one.contact.id, upTo: most) + contacts.identityCount(of: other.contact.id, upTo: most)
        return count <= most
    }

    /// Two contacts turned out to be one person: the older goes on, and is returned.
    func join(_ one: ContactRecord, _ other: ContactRecord, at now: Instant) throws -> ContactRecord {
        let (survivor, loser) = one.contact.isOlder(than: other.contact) ? (one, other) : (other, one)
        try merge(loser, into: survivor, at: now)
        return survivor
    }

    /// The number is somebody else's by now. Since when this person had it stays: what is told of their number of an earlier moment is no news.
    func giveUpPhone(_ record: ContactRecord, at now: Instant) throws {
        record.contact.take(phone: nil, since: record.contact.numberSince)
        try contacts.save(record.contact, at: now)
        try phoneChanged(of: record)
    }

    /// `loser` becomes `survivor`, and so do its identities and sessions. The database is told even where it said so itself: it may not have
    /// heard of the identities.
    func merge(_ loser: ContactRecord, into survivor: ContactRecord, at now: Instant) throws {
        try contacts.merge(loser.contact.id, into: survivor.contact.id, at: now)
        try changes.aloud { try changes.mark(survivor.contact.id) }
        let numbers = [survivor.contact.phone, loser.contact.phone].compactMap { $0 }
        survivor.contact.absorb(loser.contact)
        try contacts.save(survivor.contact, at: now)
        try mergeSessions(of: loser, into: survivor, at: now)
        cache.replace(loser, by: survivor)
        // A former number is looked up each time.
        if numbers.contains(where: { $0 != survivor.contact.phone }) { cache.forgetPhones(of: survivor) }
    }

    /// One that is overdue is over, whether or not the sweep came by: it is never revived.
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
