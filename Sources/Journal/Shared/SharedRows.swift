import Messaging

/// What the database that all instances share says about rows of ours: it alone knows what the others did.
public struct SharedRows: Sendable, Equatable {
    /// Contacts of ours that are another one there, or that we have not met.
    public var contacts: [SharedContact]
    /// Sessions that are not there as we have them.
    public var sessions: [SharedSession]
    /// Items that were stored in another session than ours.
    public var moved: [MovedItem]
    /// Items that say something else there, under the ids that ours have.
    public var differing: [DifferingRows]

    /// Nothing unless told.
    public init(
        contacts: [SharedContact] = [], sessions: [SharedSession] = [], moved: [MovedItem] = [], differing: [DifferingRows] = []
    ) {
        self.contacts = contacts
        self.sessions = sessions
        self.moved = moved
        self.differing = differing
    }

    /// Whether there is nothing to take over.
    public var isEmpty: Bool { contacts.isEmpty && sessions.isEmpty && moved.isEmpty && differing.isEmpty }
}

/// A contact under the id that we gave it, and as everybody knows it.
public struct SharedContact: Sendable, Equatable {
    public var given: ContactID
    public var canonical: Contact
    /// When the database heard of it last; nil where it does not say, which is now.
    public var changedAt: Instant?

    /// The contact that `given` turned out to be.
    public init(given: ContactID, canonical: Contact, changedAt: Instant? = nil) {
        self.given = given
        self.canonical = canonical
        self.changedAt = changedAt
    }
}

/// A session as it is stored there, and the one that goes on in its place where it has ended.
public struct SharedSession: Sendable, Equatable {
    public var stored: Session
    public var successor: Session?

    /// Without a successor where the session itself goes on, or nobody came back after it.
    public init(stored: Session, successor: Session? = nil) {
        self.stored = stored
        self.successor = successor
    }
}

/// Items of one account that another gateway has brought first with another content: the database keeps the first, this journal has its own.
public struct DifferingRows: Sendable, Equatable {
    public var table: ItemTable
    public var adapter: AdapterKind
    public var account: AccountName
    public var count: Int
    /// A delivery of ours that brought one of them.
    public var deliveryID: DeliveryID?

    /// So many items of a table.
    public init(table: ItemTable, adapter: AdapterKind, account: AccountName, count: Int, deliveryID: DeliveryID?) {
        self.table = table
        self.adapter = adapter
        self.account = account
        self.count = count
        self.deliveryID = deliveryID
    }
}

/// A message or an event that belongs to another session than we thought.
public struct MovedItem: Sendable, Equatable {
    /// The message's or event's id.
    public var id: String
    /// The number that its row had when it was sent, by which it is found at once; nil where nobody knows.
    public var sequence: Int64?
    public var session: SessionID

    /// The item is of this session now.
    public init(id: String, sequence: Int64? = nil, session: SessionID) {
        self.id = id
        self.sequence = sequence
        self.session = session
    }
}
