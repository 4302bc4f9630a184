import Messaging

// The model of Docs/Identity.md's rules about who is one person. In the histories that it predicts everything is reported when it happens,
// so nothing is late.
extension Model {
    /// What an event shows of its person: a number in some spelling, and user ids, each with a scope.
    struct Sighting {
        /// The spelling as received; a number written as in India is preceded by `IN/`.
        var spelling: String?
        var number: String?
        var ids: [UserID] = []

        /// A number and a user id as an account receives them; nil for what is not shown.
        init(number: Int?, user: Int?, at account: ModelAccount) {
            self.number = number.map { Self.number($0) }
            spelling = self.number.map { String($0.dropFirst()) }
            ids = user.map { user in account.scopes.map { UserID(scope: $0, value: "IN.\(user)") } } ?? []
        }

        /// The part of a person that an action shows.
        init(_ person: Int, _ sight: Action.Sight) {
            if sight != .id { number = Self.number(person) }
            spelling = number.map { sight == .local ? "IN/\($0.dropFirst(3))" : String($0.dropFirst()) }
            if sight == .id || sight == .both { ids = [UserID(scope: "main", value: "IN.\(person)")] }
        }

        static func number(_ person: Int) -> String { "+919876543\(210 + person)" }
    }

    struct UserID: Hashable {
        let scope: String
        let value: String

        /// The same id under the names of the portfolio's accounts, as an earlier version stored it.
        var elsewhere: [UserID] {
            ModelAccount.accounts(of: scope).map { UserID(scope: $0, value: value) }
        }

        /// Whether both ids belong to the same portfolio, by their scopes.
        func isAlike(_ other: UserID) -> Bool {
            scope == other.scope || ModelAccount.accounts(of: scope).contains(other.scope)
                || ModelAccount.accounts(of: other.scope).contains(scope)
        }
    }

    /// A contact, identified by its index in the order of creation.
    struct Contact {
        var phone: String?
        var numberSince: Instant?
        var numberFrom: Int?
        var customer: String?
        var session: Int?
        var mergedInto: Int?
    }

    /// The contact into which a contact was merged, or itself.
    private func canonical(_ contact: Int) -> Int {
        var contact = contact
        while let next = contacts[contact].mergedInto { contact = next }
        return contact
    }

    private func holder(of number: String?) -> Int? {
        number.flatMap { number in contacts.firstIndex { $0.phone == number && $0.mergedInto == nil } }
    }

    private func contacts(of id: UserID) -> [Int] {
        users[id].map { [$0] } ?? id.elsewhere.compactMap { users[$0] }
    }

    private func canBeCustomers(_ one: Int, _ other: Int) -> Bool {
        guard let ours = contacts[one].customer, let theirs = contacts[other].customer else { return true }
        return ours == theirs
    }

    /// Whether the number is known to have passed from one to the other.
    private func hasPassed(_ one: Int, _ other: Int) -> Bool {
        contacts[one].numberFrom.map(canonical) == other || contacts[other].numberFrom.map(canonical) == one
    }

    /// Whether a contact has user ids of the same portfolio, but none of these.
    private func hasOthers(_ contact: Int, than ids: [UserID]) -> Bool {
        let own = users.filter { $0.value == contact }.keys
        let alike = own.flatMap { one in ids.filter { $0.isAlike(one) }.map { $0.value == one.value } }
        return !alike.isEmpty && !alike.contains(true)
    }

    private func isSomebodyElse(_ holder: Int, than known: [Int], showing ids: [UserID]) -> Bool {
        guard !ids.isEmpty, !known.contains(holder) else { return false }
        if let person = known.first, hasPassed(holder, person) { return true }
        return hasOthers(holder, than: ids)
    }
}

// Sightings.
extension Model {
    /// The contact of a sighting, created if there is none. With `hasNumberNow` a former holder of the number is another person.
    mutating func contact(_ sighting: Sighting, hasNumberNow: Bool = false) -> Int {
        let byNumber = holder(of: sighting.number)
        var bySpelling = sighting.spelling.flatMap { spellings[$0] }
        let former = byNumber == nil ? bySpelling : nil
        if hasNumberNow, byNumber == nil, let had = bySpelling, contacts[had].phone != nil || contacts[had].numberSince != nil {
            bySpelling = nil
        }
        let known = sighting.ids.flatMap { contacts(of: $0) }
        // A new id with a number that its holder has left.
        let hasLeft =
            byNumber == nil && known.isEmpty && !sighting.ids.isEmpty
            && (bySpelling.map { contacts[$0].phone != nil && contacts[$0].numberSince != nil } ?? false)
        if let other = byNumber ?? bySpelling, hasLeft || isSomebodyElse(other, than: known, showing: sighting.ids) {
            return contact(sighting, as: known, apartFrom: other)
        }
        let first = byNumber ?? known.first ?? bySpelling ?? make(sighting.number, from: former)
        let isKnown = byNumber == nil && bySpelling == first && contacts[first].phone != nil
        let found = unite(first, with: known)
        link(sighting, to: found)
        if !isKnown { learn(sighting.number, from: former, about: found) }
        return found
    }

    /// The contact of a sighting if `other`, who has or had the number, is another person and loses it.
    private mutating func contact(_ sighting: Sighting, as known: [Int], apartFrom other: Int) -> Int {
        let person = known.first.map { unite($0, with: known) }
        if contacts[other].phone == sighting.number { giveUp(other) }
        let found = person ?? make(sighting.number, from: other)
        link(sighting, to: found)
        learn(sighting.number, from: other, about: found)
        return found
    }

    /// Applies a change of somebody's number or user id.
    mutating func change(_ before: Sighting, to after: Sighting) {
        var person = self.person(before, of: after)
        if let number = after.number { person = give(number, after, to: person) }
        if let spelling = after.spelling, holder(of: after.number).map({ $0 == person }) ?? true { spellings[spelling] = person }
        for id in after.ids {
            person = unite(person, with: contacts(of: id))
            link(id, to: person)
        }
    }

    /// The contact of the person before the change.
    private mutating func person(_ given: Sighting, of after: Sighting) -> Int {
        var before = given
        before.ids.removeAll { after.ids.contains($0) }
        if before.spelling == nil, before.ids.isEmpty { before = given }
        let known = before.ids.flatMap { contacts(of: $0) }
        guard let holder = holder(of: before.number), isSomebodyElse(holder, than: known, showing: before.ids) else {
            return contact(before)
        }
        if let person = known.first { return person }
        if let former = contacts[holder].numberFrom.map(canonical), !isSomebodyElse(former, than: known, showing: before.ids) {
            return former
        }
        before.number = nil
        before.spelling = nil
        return contact(before)
    }

    /// Gives the person the number. Its previous holder is the same person if that is possible.
    private mutating func give(_ number: String, _ after: Sighting, to person: Int) -> Int {
        let former = after.spelling.flatMap { spellings[$0] }
        guard let holder = holder(of: number) else {
            learn(number, from: former, about: person)
            return person
        }
        guard holder != person else { return person }
        let shown = after.ids.flatMap { contacts(of: $0) }
        let canShare = !hasPassed(holder, person) && canBeCustomers(holder, person)
        guard canShare, !isSomebodyElse(holder, than: shown, showing: after.ids) else {
            giveUp(holder)
            learn(number, from: holder, about: person)
            return person
        }
        let joined = join(holder, person)
        learn(number, from: nil, about: joined)
        return joined
    }
}

// Changes of contacts.
extension Model {
    private mutating func make(_ number: String?, from former: Int?) -> Int {
        contacts.append(Contact(phone: number, numberSince: number.map { _ in now }, numberFrom: number == nil ? nil : former))
        return contacts.count - 1
    }

    private mutating func link(_ sighting: Sighting, to contact: Int) {
        if let spelling = sighting.spelling { spellings[spelling] = contact }
        for id in sighting.ids { link(id, to: contact) }
    }

    /// An id that two people show stays with the older contact.
    private mutating func link(_ id: UserID, to contact: Int) { users[id] = min(contact, users[id] ?? contact) }

    private mutating func learn(_ number: String?, from former: Int?, about contact: Int) {
        guard let number, contacts[contact].phone != number else { return }
        take(number, from: former == contact ? nil : former, since: now, contact)
    }

    /// The time since which the contact had the number is kept.
    private mutating func giveUp(_ contact: Int) { take(nil, from: nil, since: contacts[contact].numberSince, contact) }

    private mutating func take(_ number: String?, from former: Int?, since: Instant?, _ contact: Int) {
        contacts[contact].phone = number
        contacts[contact].numberSince = since
        contacts[contact].numberFrom = former
        if let session = contacts[contact].session { sessions[session].phone = number }
    }

    /// Merges a contact with those to which its user ids lead, as far as they can be one person; returns the surviving one.
    private mutating func unite(_ first: Int, with others: [Int]) -> Int {
        others.reduce(first) { person, given in
            let other = canonical(given)
            return other == person || !canBeCustomers(person, other) ? person : join(person, other)
        }
    }

    /// The older contact survives.
    private mutating func join(_ one: Int, _ other: Int) -> Int {
        let (survivor, loser) = (min(one, other), max(one, other))
        absorb(loser, into: survivor)
        spellings = spellings.mapValues { $0 == loser ? survivor : $0 }
        users = users.mapValues { $0 == loser ? survivor : $0 }
        contacts[loser].mergedInto = survivor
        contacts[loser].phone = nil
        mergeSessions(of: loser, into: survivor)
        return survivor
    }

    private mutating func absorb(_ loser: Int, into survivor: Int) {
        let lost = contacts[loser]
        let isLater = lost.numberSince.map { since in contacts[survivor].numberSince.map { $0 < since } ?? true } ?? false
        if lost.phone != nil, contacts[survivor].phone == nil || isLater {
            contacts[survivor].phone = lost.phone
            contacts[survivor].numberSince = lost.numberSince
            contacts[survivor].numberFrom = lost.numberFrom == survivor ? nil : lost.numberFrom
        }
        contacts[survivor].customer = contacts[survivor].customer ?? lost.customer
    }

    private mutating func mergeSessions(of loser: Int, into survivor: Int) {
        for contact in [survivor, loser] { expireOverdue(of: contact) }
        // The sessions in the order in which they were opened.
        let live = [survivor, loser].compactMap { contacts[$0].session }.sorted()
        for session in live {
            sessions[session].contact = survivor
            sessions[session].phone = contacts[survivor].phone
            sessions[session].customer = sessions[session].customer ?? contacts[survivor].customer
        }
        contacts[loser].session = nil
        guard let kept = live.first else { return }
        for lost in live.dropFirst() {
            sessions[lost].status = "merged"
            sessions[lost].mergedInto = kept
            sessions[kept].lastActivity = max(sessions[kept].lastActivity, sessions[lost].lastActivity)
            sessions[kept].expiresAt = max(sessions[kept].expiresAt, sessions[lost].expiresAt)
        }
        contacts[survivor].session = kept
    }
}

/// The accounts of a history: two of one portfolio, and one of another business.
enum ModelAccount: Int, CaseIterable {
    case main, support, other

    static let portfolio = "acme"

    var name: String { "\(self)" }

    /// The scopes under which its users' ids are stored.
    var scopes: [String] { self == .other ? [name] : [Self.portfolio, name] }

    /// The accounts of a portfolio; none of any other scope.
    static func accounts(of scope: String) -> [String] { scope == portfolio ? [main.name, support.name] : [] }

    /// The account as in the settings.
    var account: Account {
        Account(
            adapter: "whatsapp-cloud", name: AccountName(name), secrets: [], portfolio: self == .other ? nil : Self.portfolio)
    }
}
