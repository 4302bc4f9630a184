/// The id of a session.
public typealias SessionID = Identifier<Session>

/// A contact's period of conversation; at most one per contact is active.
public struct Session: Sendable, Equatable {
    /// The session's id, which increases with the time of opening.
    public var id: SessionID
    /// The person whose session it is.
    public var contactID: ContactID
    /// The customer's id in the business's own system, as named by a client; nil until then.
    public var customerID: String?
    /// The phone in E.164; nil while the contact is known only by ids.
    public var phone: String?
    /// The channel on which the session was opened; it stays when the person continues on another.
    public var channel: Channel
    /// The token that clients send as `X-Session-Token`; it stays the same as long as the session lives.
    public var token: Secret
    /// The status as last written; an active session may be past `expiresAt` until the next sweep.
    public var status: Status
    /// When it was opened.
    public var createdAt: Instant
    /// When the person last did something; never moves back.
    public var lastActivity: Instant
    /// `lastActivity` plus the idle timeout of its channel; never moves back.
    public var expiresAt: Instant
    /// The metadata, a JSON object.
    public var metadata: String

    /// A session as it is stored.
    public init(
        id: SessionID, contactID: ContactID, customerID: String?, phone: String?, channel: Channel, token: Secret,
        status: Status, createdAt: Instant, lastActivity: Instant, expiresAt: Instant, metadata: String
    ) {
        self.id = id
        self.contactID = contactID
        self.customerID = customerID
        self.phone = phone
        self.channel = channel
        self.token = token
        self.status = status
        self.createdAt = createdAt
        self.lastActivity = lastActivity
        self.expiresAt = expiresAt
        self.metadata = metadata
    }

    /// The value of the column `customer_id`: until a client names a customer, the phone, or the contact's id if there is no phone.
    public var shownCustomerID: String { customerID ?? phone ?? contactID.description }

    /// The status. Only an `active` session continues; the stored other values are final.
    public enum Status: String, Sendable, CaseIterable {
        /// Found by its person's next start or message; at most one per contact.
        case active
        /// Ended since the person did nothing for the idle timeout.
        case expired
        /// Merged into an older session of the same person.
        case merged
        /// Ended, by a client, an operator or the team: `logged_out` is the word for an ended session.
        case loggedOut = "logged_out"
    }
}
