/// One stored item as a stream of events reads it: a row of `messages`, `message_statuses` or `events`.
public struct StreamedItem: Sendable {
    /// Its position in the order of all commits.
    public let sequence: Int64
    public let kind: StreamedKind
    /// What kind of message or event it is, or the word of the status: `text`, `read`, `screen.viewed`.
    public let word: String
    public let provider: String
    public let account: String
    /// Only a message's row names its channel.
    public let channel: String?
    public let contactID: String?
    public let deliveryID: String
    /// When it happened, as the row says it: RFC 3339 in UTC.
    public let time: String?
    /// The row as a JSON object, without columns that are null and without the key by which duplicates are found.
    public let record: [UInt8]

    /// A row as it was read.
    public init(
        sequence: Int64, kind: StreamedKind, word: String, provider: String, account: String, channel: String?, contactID: String?,
        deliveryID: String, time: String?, record: [UInt8]
    ) {
        self.sequence = sequence
        self.kind = kind
        self.word = word
        self.provider = provider
        self.account = account
        self.channel = channel
        self.contactID = contactID
        self.deliveryID = deliveryID
        self.time = time
        self.record = record
    }
}

/// What a streamed item is: a message, a status, or the kind of an event.
public enum StreamedKind: String, Sendable, CaseIterable {
    case message, status, activity, identity, notice, unsupported
}

/// Items that follow each other in the order of their commits, as a stream sends them.
public struct StreamPage<Value: Sendable>: Sendable {
    public let items: [Value]
    /// The number up to which the page has everything. It is less than the number after which was asked if the journal ends before.
    public let end: Int64
    /// How many rows were deleted between the two numbers without having left their numbers on purpose.
    public let missing: Int64

    /// So many items, up to a number.
    public init(items: [Value], end: Int64, missing: Int64) {
        self.items = items
        self.end = end
        self.missing = missing
    }
}
