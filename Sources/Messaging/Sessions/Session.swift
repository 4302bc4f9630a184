/// The id of a session.
public typealias SessionID = Identifier<Session>

/// A contact's stretch of conversation; at most one active a contact.
public struct Session: Sendable, Equatable {
    /// Increases with the time of opening.
    public var id: SessionID
    /// The person whose session it is.
    public var contactID: ContactID
    /// The customer's id in the business's own books, as a client named it; nil until one does.
    public var customerID: String?
    /// E.164; nil while the contact is known by ids alone.
    public var phone: String?
    /// Where the session was opened; it stays when the person goes on elsewhere.
    public var channel: Channel
    /// What the client shows as `X-Session-Token`; the same for as long as the session lives.
    public var token: Secret
    /// As of the last write; an active session may be past `expiresAt` until the sweep comes by.
    public var status: Status
    /// When it was opened.
    public var createdAt: Instant
    /// When the person last did something; never moves back.
    public var lastActivity: Instant
    /// `lastActivity` and the idle timeout of its channel; never moves back.
    public var expiresAt: Instant
    /// A JSON object.
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

    /// What the column `customer_id` shows. Until a client names the customer, the phone stands in, or the contact's id where there is no phone.
    public var shownCustomerID: String { customerID ?? phone ?? contactID.description }

    /// Only `active` goes on; the others are final, as they are stored.
    public enum Status: String, Sendable, CaseIterable {
        /// Found by the next start or message of its person; at most one a contact.
        case active
        /// Its person did nothing for the idle timeout.
        case expired
        /// Given up for an older one of the same person, in which it goes on.
        case merged
        /// Ended by the client.
        case loggedOut = "logged_out"
    }
}
