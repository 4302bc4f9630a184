import Messaging

/// What the database that all instances share reports about this journal's rows: only the database knows what other instances did.
public struct SharedRows: Sendable, Equatable {
    /// Contacts of this journal that are merged into others in the database, or that this journal did not know.
    public var contacts: [SharedContact]
    /// Sessions that differ in the database.
    public var sessions: [SharedSession]
    /// Items that the database stored in another session.
    public var moved: [MovedItem]
    /// Items that have other content in the database, under the same ids.
    public var differing: [DifferingRows]

    /// All lists are empty by default.
    public init(
        contacts: [SharedContact] = [], sessions: [SharedSession] = [], moved: [MovedItem] = [], differing: [DifferingRows] = []
    ) {
        self.contacts = contacts
        self.sessions = sessions
        self.moved = moved
        self.differing = differing
    }

    /// Whether there is nothing to apply.
    public var isEmpty: Bool { contacts.isEmpty && sessions.isEmpty && moved.isEmpty && differing.isEmpty }
}

/// A contact under the id that this journal gave it, and as the database has it.
public struct SharedContact: Sendable, Equatable {
    public var given: ContactID
    public var canonical: Contact
    /// The time of the database's last information about it; nil if the database does not report it, which means now.
    public var changedAt: Instant?

    /// The contact that the database has for `given`.
    public init(given: ContactID, canonical: Contact, changedAt: Instant? = nil) {
        self.given = given
        self.canonical = canonical
        self.changedAt = changedAt
    }
}

/// A session as the database has it, and the session that continues in its place if it has ended.
public struct SharedSession: Sendable, Equatable {
    public var stored: Session
    public var successor: Session?

    /// Without a successor if the session itself continues, or if nobody came back after its end.
    public init(stored: Session, successor: Session? = nil) {
        self.stored = stored
        self.successor = successor
    }
}

/// Items of one account that another gateway stored first with other content: the database keeps the first, and this journal its own.
public struct DifferingRows: Sendable, Equatable {
    public var table: ItemTable
    public var adapter: AdapterKind
    public var account: AccountName
    public var count: Int
    /// A delivery of this journal that contained one of them.
    public var deliveryID: DeliveryID?

    /// Makes an entry for this number of differing items of a table.
    public init(table: ItemTable, adapter: AdapterKind, account: AccountName, count: Int, deliveryID: DeliveryID?) {
        self.table = table
        self.adapter = adapter
        self.account = account
        self.count = count
        self.deliveryID = deliveryID
    }
}

/// A message or an event that belongs to another session than this journal had it in.
public struct MovedItem: Sendable, Equatable {
    /// The message's or event's id.
    public var id: String
    /// The number of its row when it was sent, which speeds up finding it; nil if unknown.
    public var sequence: Int64?
    public var session: SessionID

    /// The item now belongs to this session.
    public init(id: String, sequence: Int64? = nil, session: SessionID) {
        self.id = id
        self.sequence = sequence
        self.session = session
    }
}
