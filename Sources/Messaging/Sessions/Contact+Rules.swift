// The rules by which contacts become one. The SQL functions in Config/supabase/functions, 30_contacts.sql and 35_placing_contacts.sql, follow the
// same ones: Tests/SessionRules has the cases that both are run against.
extension Contact {
    /// Whether two contacts that have, or had, one number can be one person. Not where the business knows two customers, or somebody saw a number
    /// pass from the one to the other: they are two people.
    public func canShareNumber(with other: Contact) -> Bool {
        canShareIdentity(with: other) && numberFrom != other.id && other.numberFrom != id
    }

    /// Whether two contacts whom one id of a provider names can be one person, whatever numbers they have: not where the business knows two
    /// customers.
    public func canShareIdentity(with other: Contact) -> Bool { customersAgree(customerID, other.customerID) }

    /// The order in which contacts were met, since ids grow with time; it decides which of two goes on. It is the same for every instance.
    public func isOlder(than other: Contact) -> Bool { id < other.id }

    /// The number is this person's since that moment, and was `former`'s before. Nil is none: the number that they had since then is somebody else's.
    public mutating func take(phone: String?, from former: ContactID? = nil, since: Instant?) {
        (self.phone, numberSince, numberFrom) = (phone, since, former)
    }

    /// Whether what is known of this person's number is of a later moment: news come in any order. What is told of the future, by a clock that was
    /// ahead, does not count.
    public func numberIsLater(than moment: Instant, at now: Instant) -> Bool {
        numberSince.map { $0 > moment && $0 < Session.firstImpossibleActivity(at: now) } ?? false
    }

    /// Whether the contact had its number at a moment already: whoever shows a former number of the contact since then, with an id that nobody has
    /// shown before, is the number's new holder.
    public func hasMoved(by moment: Instant) -> Bool { phone != nil && numberSince.map { $0 <= moment } ?? false }

    /// Another contact turned out to be this person: what is not known of this one is taken from it.
    public mutating func absorb(_ other: Contact) {
        if other.phone != nil, phone == nil || other.numberSince.map(numberIsEarlier) ?? false {
            take(phone: other.phone, from: other.numberFrom == id ? nil : other.numberFrom, since: other.numberSince)
        }
        // Of two without a number, since when the later one's is somebody else's.
        if phone == nil, other.phone == nil, let since = other.numberSince, numberIsEarlier(than: since) { numberSince = since }
        customerID = customerID ?? other.customerID
        displayName = displayName ?? other.displayName
    }

    private func numberIsEarlier(than moment: Instant) -> Bool { numberSince.map { $0 < moment } ?? true }
}
