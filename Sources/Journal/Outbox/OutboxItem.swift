import Messaging

/// One stored row to be sent to the database, with the session and identities that belong to it, as they were when it was read.
public struct OutboxItem: Sendable {
    /// Its position in the order of all commits.
    public let sequence: Int64
    public let kind: Kind
    /// The row as a JSON object; for a change, the contact's row.
    public let record: [UInt8]
    /// The session that the row belongs to, or that changed.
    public let session: OutboxSession?
    /// For a change: all identities of the contact, a JSON object each.
    public let identities: [[UInt8]]
    /// The key within which the order must be kept: the contact's id, or the external id of an item without a contact.
    public let owner: String
    /// The delivery that contained it; nil for a change.
    public let deliveryID: DeliveryID?

    /// The lists of the SQL contract.
    public enum Kind: String, Sendable, CaseIterable {
        case message = "messages"
        case status = "message_statuses"
        case event = "events"
        case deadLetter = "dead_letters"
        case change = "contacts"
    }

    /// The approximate number of its bytes in a call.
    public var size: Int { record.count + (session?.record.count ?? 0) + identities.reduce(0) { $0 + $1.count } }

    /// An item made from a row.
    public init(
        sequence: Int64, kind: Kind, record: [UInt8], session: OutboxSession?, identities: [[UInt8]] = [], owner: String,
        deliveryID: DeliveryID?
    ) {
        self.sequence = sequence
        self.kind = kind
        self.record = record
        self.session = session
        self.identities = identities
        self.owner = owner
        self.deliveryID = deliveryID
    }
}

/// Consecutive rows of the outbox.
public struct OutboxPage: Sendable {
    /// In the order of their commits.
    public let items: [OutboxItem]
    /// The position up to which there is nothing else to send; the given position if nothing is left.
    public let end: Int64

    /// A page of rows up to a position.
    public init(items: [OutboxItem], end: Int64) {
        self.items = items
        self.end = end
    }
}

/// A session's row to be sent to the database.
public struct OutboxSession: Sendable {
    public let id: String
    /// The row as a JSON object.
    public let record: [UInt8]

    /// An item made from a row.
    public init(id: String, record: [UInt8]) {
        self.id = id
        self.record = record
    }
}
