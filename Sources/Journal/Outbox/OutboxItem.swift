import Messaging

/// One stored row on its way to the database, with what it refers to as it was when it was read.
public struct OutboxItem: Sendable {
    /// Its position in the order of all commits.
    public let sequence: Int64
    public let kind: Kind
    /// The row as a JSON object; of a change the contact's.
    public let record: [UInt8]
    /// The session that the row belongs to, or that changed.
    public let session: OutboxSession?
    /// Of a change: all that leads to the contact, a JSON object each.
    public let identities: [[UInt8]]
    /// Whose order must be kept: the contact's id, or the external id of what concerns no contact.
    public let owner: String
    /// Nil for a change.
    public let deliveryID: DeliveryID?

    /// The lists of the SQL contract.
    public enum Kind: String, Sendable, CaseIterable {
        case message = "messages"
        case status = "message_statuses"
        case event = "events"
        case deadLetter = "dead_letters"
        case change = "contacts"
    }

    /// Bytes that it takes in a call, about.
    public var size: Int { record.count + (session?.record.count ?? 0) + identities.reduce(0) { $0 + $1.count } }

    /// A row as it was read.
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

/// Rows of the outbox that follow each other.
public struct OutboxPage: Sendable {
    /// In the order of their commits.
    public let items: [OutboxItem]
    /// Up to here there is nothing else to carry; the position itself where nothing is left.
    public let end: Int64

    /// So many rows, up to a number.
    public init(items: [OutboxItem], end: Int64) {
        self.items = items
        self.end = end
    }
}

/// A session's row on its way to the database.
public struct OutboxSession: Sendable {
    public let id: String
    /// The row as a JSON object.
    public let record: [UInt8]

    /// A row as it was read.
    public init(id: String, record: [UInt8]) {
        self.id = id
        self.record = record
    }
}
