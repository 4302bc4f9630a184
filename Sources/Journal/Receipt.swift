import Messaging

/// What became of a delivery's items.
public struct Receipt: Sendable, Equatable {
    /// Items stored for the first time in messages, message_statuses or events, and messages that completed a stored one.
    public var accepted = 0
    /// Items that were stored before and say the same.
    public var duplicates = 0
    /// Items that say something else than the stored one of their id, for the first time: their delivery is kept.
    public var differing = 0
    /// Items kept as dead letters, since they cannot be read.
    public var rejected = 0
    /// How many of the unreadable ones were kept for the first time.
    private var keptDeadLetters = 0

    public init() {}

    /// What the delivery itself has to be kept for.
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

/// What became of an item.
enum ItemOutcome {
    /// It has a row of its own.
    case new
    /// It took the place of the stored message of its id, which lacked something.
    case completing
    /// It was stored before.
    case duplicate
    /// It says something else than the stored item of its id, for the first time.
    case differing
}

/// What became of a delivery.
public enum AcceptOutcome: Sendable, Equatable {
    case taken(Receipt)
    /// The token that should prove the sender belongs to no live session; nothing was stored.
    case unknownToken
    /// An item names another phone than the session's of the token; nothing was stored.
    case foreignPhone(item: Int)
}

/// A `/session/start`.
public struct StartRequest: Sendable, Equatable {
    /// A number that `PhoneNumber` can read: the caller has checked it.
    public var phone: ReceivedPhone
    public var channel: Channel
    /// Trimmed and not empty; nil where the client names none.
    public var customerID: String?
    /// A JSON object; its members are merged into those of a session that is restored (RFC 7396).
    public var metadata: String?

    /// The most bytes of a session's metadata, as JSON without white space: of one start and of all that were merged.
    public static let metadataLimit = 16_384

    public init(phone: ReceivedPhone, channel: Channel, customerID: String? = nil, metadata: String? = nil) {
        self.phone = phone
        self.channel = channel
        self.customerID = customerID
        self.metadata = metadata
    }
}

/// What a `/session/start` came to.
public enum StartOutcome: Sendable, Equatable {
    case created(Session)
    case restored(Session)
    /// The phone's live session belongs to another customer; nothing of it is told.
    case conflict
    /// The session's metadata would be longer than `StartRequest.metadataLimit`; nothing was changed.
    case metadataFull
}
