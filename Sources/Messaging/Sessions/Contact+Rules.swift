// The rules by which contacts become one. The SQL functions in Config/supabase/functions/30_contacts.sql follow the same ones:
// Tests/SessionRules has the cases that both are run against.
extension Contact {
    /// Whether two contacts that have, or had, one number can be one person. Not where the business knows two customers: numbers pass from one
    /// person to another.
    public func canShareNumber(with other: Contact) -> Bool { customersAgree(customerID, other.customerID) }

    /// Whether two contacts whom one id of a provider names can be one person: as with a number, and where both have one they are two.
    public func canShareIdentity(with other: Contact) -> Bool {
        (phone == nil || other.phone == nil) && customersAgree(customerID, other.customerID)
    }

    /// The order in which contacts were met, since ids grow with time; it decides which of two goes on. It is the same for every instance.
    public func isOlder(than other: Contact) -> Bool { id < other.id }

    /// The number is this person's since that moment, and was `former`'s before; nil is a number that was given up.
    public mutating func take(phone: String?, from former: ContactID? = nil, since: Instant?) {
        (self.phone, numberSince, numberFrom) = (phone, since, former)
    }

    /// Another contact turned out to be this person: what is not known of this one is taken from it.
    public mutating func absorb(_ other: Contact) {
        if phone == nil { take(phone: other.phone, from: other.numberFrom, since: other.numberSince) }
        customerID = customerID ?? other.customerID
        displayName = displayName ?? other.displayName
    }
}
