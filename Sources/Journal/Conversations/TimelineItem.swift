import Messaging

/// One entry of a person's timeline.
public struct TimelineItem: Sendable, Equatable {
    /// The place of the entry in the order of all commits.
    public var position: Int64
    public var kind: Kind
    /// When it happened, by the sender; for a session, when it began or ended.
    public var at: Instant
    /// The channel; nil if neither the row nor its session has one.
    public var channel: Channel?
    /// Adapter and account, `kiosk/lobby`; nil for a session.
    public var account: String?
    /// The type of a message or an event; the status of a session.
    public var type: String
    /// `inbound` or `outbound`; nil if it is not a message.
    public var direction: String?
    public var text: String?
    /// The content of a message or the data of an event, as JSON; nil for a session.
    public var content: String?
    /// The context of a message, as JSON.
    public var context: String?
    /// What happened to a message, the earliest first.
    public var statuses: [MessageState]
    public var sessionID: SessionID?
    /// The delivery that brought it; it may no longer be kept.
    public var deliveryID: DeliveryID?
    /// The id of the row: message_id, event_id or session_id.
    public var id: String
    /// The provider's id of a message, by which replies and reactions name it; nil if it is not a message.
    public var externalID: String?

    /// The kinds of entries.
    public enum Kind: String, Sendable, CaseIterable {
        case message, activity, identity, notice
        case sessionStarted = "session_started"
        case sessionEnded = "session_ended"
    }

    /// A status of a message.
    public struct MessageState: Sendable, Equatable {
        public var status: String
        public var at: Instant
        /// The provider's errors, as JSON; nil if there are none.
        public var errors: String?
    }
}
