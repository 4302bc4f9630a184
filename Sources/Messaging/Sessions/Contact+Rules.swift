// The rules for merging contacts. The SQL functions in Config/supabase/functions, 30_contacts.sql and 35_placing_contacts.sql, follow the
// same rules; both run against the cases of Tests/SessionRules.
extension Contact {
    /// Whether two contacts that have, or had, the same number can be one person. They cannot if clients have named two customers, or if
    /// the number is known to have passed from one to the other.
    public func canShareNumber(with other: Contact) -> Bool {
        canShareIdentity(with: other) && numberFrom != other.id && other.numberFrom != id
    }

    /// Whether two contacts with the same provider id can be one person, whatever their numbers. They cannot if clients have named two
    /// customers.
    public func canShareIdentity(with other: Contact) -> Bool { customersAgree(customerID, other.customerID) }

    /// Whether this contact was created first, by its id. Of two, the older continues, equally on every instance.
    public func isOlder(than other: Contact) -> Bool { id < other.id }

    /// Sets the number, since when it is the person's, and its `former` holder. Nil: since then another person has it.
    public mutating func take(phone: String?, from former: ContactID? = nil, since: Instant?) {
        (self.phone, numberSince, numberFrom) = (phone, since, former)
    }

    /// Whether the number dates from after `moment`; reports arrive in any order. A time in the future, from a clock that was ahead, does
    /// not count.
    public func numberIsLater(than moment: Instant, at now: Instant) -> Bool {
        numberSince.map { $0 > moment && $0 < Session.firstImpossibleActivity(at: now) } ?? false
    }

    /// Whether the contact had its number at a moment already: whoever shows a former number of the contact since then, with an id that nobody has
    /// shown before, is the number's new holder.
    public func hasMoved(by moment: Instant) -> Bool { phone != nil && numberSince.map { $0 <= moment } ?? false }

    /// Merges another contact into this one, which takes over what it lacks itself.
    public mutating func absorb(_ other: Contact) {
        if other.phone != nil, phone == nil || other.numberSince.map(numberIsEarlier) ?? false {
            take(phone: other.phone, from: other.numberFrom == id ? nil : other.numberFrom, since: other.numberSince)
        }
        // If neither has a number, the later time since which the last one belongs to somebody else counts.
        if phone == nil, other.phone == nil, let since = other.numberSince, numberIsEarlier(than: since) { numberSince = since }
        customerID = customerID ?? other.customerID
        displayName = displayName ?? other.displayName
    }

    private func numberIsEarlier(than moment: Instant) -> Bool { numberSince.map { $0 < moment } ?? true }
}
