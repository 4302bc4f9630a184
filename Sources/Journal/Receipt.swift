import Messaging

/// The outcomes of a delivery's items.
public struct Receipt: Sendable, Equatable {
    /// Items stored for the first time in messages, message_statuses or events, and messages that completed a stored one.
    public var accepted = 0
    /// Items that were stored before with the same content.
    public var duplicates = 0
    /// Items whose content differs from the stored item with the same id, for the first time: their delivery is kept.
    public var differing = 0
    /// Items that cannot be read, and are kept as dead letters.
    public var rejected = 0
    /// The number of unreadable items that were kept for the first time.
    private var keptDeadLetters = 0

    public init() {}

    /// The items for which the delivery itself must be kept.
    var storedItems: Int { accepted + differing + keptDeadLetters }

    mutating func add(_ other: Receipt) {
        accepted += other.accepted
        duplicates += other.duplicates
        differing += other.differing
        rejected += other.rejected
        keptDeadLetters += other.keptDeadLetters
    }

    mutating func count(_ content: Event.Content, _ outcome: ItemOutcome) {
        if case .unreadable(let item) = content {
            rejected += item.count
            keptDeadLetters += outcome == .new ? 1 : 0
            return
        }
        switch outcome {
        case .new, .completing: accepted += 1
        case .duplicate: duplicates += 1
        case .differing: differing += 1
        }
    }
}

/// The outcome of an item.
enum ItemOutcome {
    /// It was stored in a row of its own.
    case new
    /// It completed the stored message with its id, which lacked something.
    case completing
    /// It was stored before.
    case duplicate
    /// Its content differs from the stored item with its id, for the first time.
    case differing
}

/// The outcome of a delivery.
public enum AcceptOutcome: Sendable, Equatable {
    case taken(Receipt)
    /// The token belongs to no live session; nothing was stored.
    case unknownToken
    /// An item names another phone than that of the token's session; nothing was stored.
    case foreignPhone(item: Int)
}

/// A `/session/start`.
public struct StartRequest: Sendable, Equatable {
    /// A number that `PhoneNumber` can read: the caller has checked it.
    public var phone: ReceivedPhone
    public var channel: Channel
    /// Trimmed and not empty; nil if the client names no customer.
    public var customerID: String?
    /// A JSON object; its members are merged into the metadata of a restored session (RFC 7396).
    public var metadata: String?

    /// The most bytes of a session's metadata, as JSON without white space: of one start, and of all of them merged.
    public static let metadataLimit = 16_384

    public init(phone: ReceivedPhone, channel: Channel, customerID: String? = nil, metadata: String? = nil) {
        self.phone = phone
        self.channel = channel
        self.customerID = customerID
        self.metadata = metadata
    }
}

/// The outcome of a `/session/start`.
public enum StartOutcome: Sendable, Equatable {
    case created(Session)
    case restored(Session)
    /// The phone's live session belongs to another customer; nothing of it is returned.
    case conflict
    /// The session's metadata would be longer than `StartRequest.metadataLimit`; nothing was changed.
    case metadataFull
}
