/// A stored item as a stream of events reads it: a row of `messages`, `message_statuses` or `events`.
public struct StreamedItem: Sendable {
    /// Its position in the order of all commits.
    public let sequence: Int64
    public let kind: StreamedKind
    /// The type of the message or event, or the word of the status: `text`, `read`, `screen.viewed`.
    public let word: String
    public let provider: String
    public let account: String
    /// The channel of a message; other rows do not contain it.
    public let channel: String?
    public let contactID: String?
    public let deliveryID: String
    /// The time of the item, as the row has it: RFC 3339 in UTC.
    public let time: String?
    /// The row as a JSON object, without nulls and without the unique key.
    public let record: [UInt8]

    /// Makes an item from the values of its row.
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

/// The kind of a streamed item: a message, a status, or the kind of an event.
public enum StreamedKind: String, Sendable, CaseIterable {
    case message, status, activity, identity, notice, unsupported
}

/// Consecutive items in the order of their commits, as a stream sends them.
public struct StreamPage<Value: Sendable>: Sendable {
    public let items: [Value]
    /// The number up to which the page is complete. It is less than the requested position if the journal ends before that.
    public let end: Int64
    /// The number of rows between the requested position and `end` that were deleted without leaving their numbers on purpose.
    public let missing: Int64
    /// Whether the journal had rows after `end` when the page was read.
    public let hasMore: Bool

    /// Makes a page of items that is complete up to a number.
    public init(items: [Value], end: Int64, missing: Int64, hasMore: Bool = false) {
        self.items = items
        self.end = end
        self.missing = missing
        self.hasMore = hasMore
    }
}
