/// The id of a contact.
public typealias ContactID = Identifier<Contact>

/// A person, known by a phone and by the identities that providers give them.
public struct Contact: Sendable, Equatable {
    /// The contact's id, which stays when phone and ids change.
    public var id: ContactID
    /// The phone in E.164; nil while the person is known only by ids.
    public var phone: String?
    /// Since when the person has the phone; without a phone, since when they had the last one; nil if it was not recorded. Of two people
    /// said to have one number, the later has it. If a reported change happened before they showed the number, this is when they showed it.
    public var numberSince: Instant?
    /// The phone's previous holder, if known when it passed: the two are different people.
    public var numberFrom: ContactID?
    /// The customer's id; nil until a client names one.
    public var customerID: String?
    /// The name that the person was last seen to use.
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
