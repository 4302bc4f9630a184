/// What an adapter reads from one item of a delivery.
public struct Event: Sendable, Equatable {
    /// The provider's id of the item; if it has none, a digest, which is the same for a repetition. U+FFFD replaces U+0000.
    public var externalID: String
    /// The channel that the person uses.
    public var channel: Channel
    /// The line the item was sent to; nil if the provider does not name one, or if the item concerns the whole account.
    public var line: Line?

    /// The person whom the event concerns; nil if it concerns nobody or if none can be read.
    public var party: Party?

    /// When it happened, by the provider's clock; nil if the provider gives no time.
    public var occurredAt: Instant?

    /// What the event does to the session. The adapter decides it, since only the adapter knows whether the person acted.
    public var effect: SessionEffect
    /// What happened.
    public var content: Content

    /// An event as an adapter reads it, before anything is stored.
    public init(
        externalID: String, channel: Channel, line: Line? = nil, party: Party? = nil, occurredAt: Instant? = nil,
        effect: SessionEffect, content: Content
    ) {
        self.externalID = externalID.storable
        self.channel = channel
        self.line = line
        self.party = party
        self.occurredAt = occurredAt
        self.effect = effect
        self.content = content
    }

    /// The content of an event, which decides the table in which it is stored. JSON is text without white space.
    public enum Content: Sendable, Equatable {
        /// Stored in messages.
        case message(Message)
        /// Stored in message_statuses.
        case status(MessageStatus)
        /// Something that a person did other than sending a message: `screen.viewed`, `call.connect`, `preference.stop`.
        case activity(type: String, data: String)
        /// A change of a person's number or id.
        case identity(IdentityChange)
        /// A provider's notice to the business: `account_update`; for errors without a message: `error`.
        case notice(type: String, data: String)
        /// A change of a field that is not known yet; the type is the field's name.
        case unsupported(type: String, data: String)
        /// An item that cannot be read; stored in dead_letters.
        case unreadable(UnreadableItem)
    }
}

/// What an event does to the session of its person.
public enum SessionEffect: Sendable, Equatable {
    /// The person acted: finds or opens the session and moves its last_activity.
    case moves
    /// The event belongs to the active session, if there is one, but opens and moves none: what the business sent.
    case joins
    /// The event does not concern sessions: statuses, notices, history.
    case none
}

/// A message of a conversation, in either direction.
public struct Message: Sendable, Equatable {
    /// The type; `unsupported` if it is not known yet.
    public var type: MessageType
    /// The direction; outbound for what the business sent from its own phone.
    public var direction: Direction
    /// The sender as received; nil if none can be read.
    public var sender: String?
    /// The text that a reader sees: the body, a caption, a button's title.
    public var text: String?
    /// The provider's object for this type of message, as JSON.
    public var content: String
    /// What the message replies to, or what referred the person, as JSON; nil if neither.
    public var context: String?

    /// A message, inbound by default.
    public init(
        type: MessageType, direction: Direction = .inbound, sender: String?, text: String? = nil, content: String,
        context: String? = nil
    ) {
        self.type = type
        self.direction = direction
        self.sender = sender
        self.text = text
        self.content = content
        self.context = context
    }

    /// The direction as stored; inbound is from the person to the business.
    public enum Direction: String, Sendable { case inbound, outbound }
}

/// The kinds of messages, whoever sent them.
public enum MessageType: String, Sendable, CaseIterable {
    case text, image, video, audio, document, sticker, location, contacts, reaction, order, product, edit, revoke, unsupported
    case buttonReply = "button_reply"
    case listReply = "list_reply"
    case flowReply = "flow_reply"
}

/// The status of a message that the business sent.
public struct MessageStatus: Sendable, Equatable {
    /// The provider's own word: `sent`, `delivered`, `read`, `failed`.
    public var status: String
    /// The recipient of the message, as received.
    public var recipient: String?
    /// Why it failed, as a JSON array; nil if it did not fail.
    public var errors: String?
    /// Conversation, pricing and other details from the provider, as JSON.
    public var detail: String?
    /// What distinguishes this status from others with the same word, time, recipient and errors: JSON texts that are compared by value;
    /// nil if `detail` does. It is part of the deduplication key, so an adapter that reads more than before must leave it unchanged.
    public var distinction: [String]?

    /// One status of a message; statuses may arrive out of order.
    public init(status: String, recipient: String?, errors: String? = nil, detail: String? = nil, distinction: [String]? = nil) {
        self.status = status
        self.recipient = recipient
        self.errors = errors
        self.detail = detail
        self.distinction = distinction
    }
}

/// A change of a person's number or id: from then on the contact is found by both the former and the new one.
public struct IdentityChange: Sendable, Equatable {
    /// `number.changed`, `user_id.changed`, `identity.changed`.
    public var type: String
    /// The provider's object for the change, as JSON.
    public var data: String
    /// The new number; nil if the number does not change.
    public var phone: ReceivedPhone?
    /// Additional ids that lead to the contact from now on.
    public var identities: [Identity]

    /// Creates a change. A phone and ids that name nobody are left out.
    public init(type: String, data: String, phone: ReceivedPhone? = nil, identities: [Identity] = []) {
        self.type = type
        self.data = data
        self.phone = phone.ofSomebody
        self.identities = identities.ofSomebody
    }
}

extension Event {
    /// The unreadable item, if the event is one.
    public var unreadableItem: UnreadableItem? {
        if case .unreadable(let item) = content { item } else { nil }
    }
}

/// An item of a delivery that could not be read, kept for a later version that can read it.
public struct UnreadableItem: Sendable, Equatable {
    /// The item's position in its delivery, counted from 0.
    public var index: Int
    /// What is wrong with it.
    public var error: PayloadError
    /// The item as JSON; for several items, a summary.
    public var record: String
    /// How many items this one represents.
    public var count: Int

    /// An item that could not be read, or a summary of several if a delivery has too many (`EventList`).
    public init(index: Int, error: PayloadError, record: String, count: Int = 1) {
        self.index = index
        self.error = error
        self.record = record
        self.count = count
    }
}
