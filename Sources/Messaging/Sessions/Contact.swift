/// The id of a contact.
public typealias ContactID = Identifier<Contact>

/// A person, known by a phone and by the identities that providers give them.
public struct Contact: Sendable, Equatable {
    /// Stays when phone and ids change.
    public var id: ContactID
    /// E.164; nil while the person is known by ids alone.
    public var phone: String?
    /// Since when the phone is this person's; without one since when they had the last. Nil where nobody wrote it down. Of two who are said to have
    /// one number the later has it. Where a change was told that happened before they showed the number, it is when they showed it.
    public var numberSince: Instant?
    /// Who had the phone before, where that was known when it passed: they are two people, not one.
    public var numberFrom: ContactID?
    /// Nil until somebody names one.
    public var customerID: String?
    /// What the person was last seen to call themselves.
    public var displayName: String?

    /// A contact as it is stored.
    public init(
        id: ContactID, phone: String?, numberSince: Instant? = nil, numberFrom: ContactID? = nil, customerID: String? = nil,
        displayName: String? = nil
    ) {
        self.id = id
        self.phone = phone
        self.numberSince = numberSince
        self.numberFrom = numberFrom
        self.customerID = customerID
        self.displayName = displayName
    }
}
