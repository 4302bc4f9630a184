/// What an adapter reads out of one item of a delivery.
public struct Event: Sendable, Equatable {
    /// The provider's own id of the item; where it gives none, a digest of the item, so that a repetition has the same. U+FFFD stands for U+0000.
    public var externalID: String
    /// What the person talks through.
    public var channel: Channel
    /// Nil where the provider does not say, or the item concerns the whole account.
    public var line: Line?

    /// The person it concerns, nil where it concerns nobody or nobody can be read.
    public var party: Party?

    /// When it happened by the provider's clock; nil where it does not say.
    public var occurredAt: Instant?

    /// Decided by the adapter: only it knows what the person did and what was done to them.
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

    /// Which table the item ends in, and with what. JSON is text without white space.
    public enum Content: Sendable, Equatable {
        /// Ends in messages.
        case message(Message)
        /// Ends in message_statuses.
        case status(MessageStatus)
        /// What a person did other than sending a message: `screen.viewed`, `call.connect`, `preference.stop`.
        case activity(type: String, data: String)
        /// A number or an id became another.
        case identity(IdentityChange)
        /// What a provider tells the business: `account_update`; errors without a message: `error`.
        case notice(type: String, data: String)
        /// A change of a field that nobody knows yet; the type is the field's name.
        case unsupported(type: String, data: String)
        /// An item that cannot be read; it ends in dead_letters.
        case unreadable(UnreadableItem)
    }
}

/// What an event does to the session of its person.
public enum SessionEffect: Sendable, Equatable {
    /// The person did it: finds or opens the session and moves last_activity.
    case moves
    /// It belongs to the active session if there is one (what the business sent): opens and moves nothing.
    case joins
    /// It has nothing to do with a session: statuses, notices, history.
    case none
}

/// A message of a conversation, in either direction.
public struct Message: Sendable, Equatable {
    /// `unsupported` for a type that nobody knows yet.
    public var type: MessageType
    /// Outbound for what the business sent from its own phone.
    public var direction: Direction
    /// Who sent it, as received; nil where it cannot be read.
    public var sender: String?
    /// What a person would read: the body, a caption, a button's title.
    public var text: String?
    /// The provider's object of the type, as JSON.
    public var content: String
    /// What it replies to or was referred by, as JSON; nil where neither.
    public var context: String?

    /// A message, inbound unless it says otherwise.
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

    /// As stored: inbound is from the person to the business.
    public enum Direction: String, Sendable { case inbound, outbound }
}

/// The kinds of messages, whoever sent them.
public enum MessageType: String, Sendable, CaseIterable {
    case text, image, video, audio, document, sticker, location, contacts, reaction, order, product, edit, revoke, unsupported
    case buttonReply = "button_reply"
    case listReply = "list_reply"
    case flowReply = "flow_reply"
}

/// What became of a message that the business sent.
public struct MessageStatus: Sendable, Equatable {
    /// The provider's own word: `sent`, `delivered`, `read`, `failed`.
    public var status: String
    /// Whom the message was sent to, as received.
    public var recipient: String?
    /// Why it failed, a JSON array; nil where it did not.
    public var errors: String?
    /// Conversation, pricing and what else the provider tells, as JSON.
    public var detail: String?
    /// What tells it from others of the same word, moment, recipient and errors, as JSON texts that are compared by their values; nil where
    /// `detail` does. It is part of the key by which a repetition is known, so an adapter that reads more than before keeps it as it was.
    public var distinction: [String]?

    /// One step of a message; steps may come out of order.
    public init(status: String, recipient: String?, errors: String? = nil, detail: String? = nil, distinction: [String]? = nil) {
        self.status = status
        self.recipient = recipient
        self.errors = errors
        self.detail = detail
        self.distinction = distinction
    }
}

/// A person's number or id became another: the same contact is found by both from then on.
public struct IdentityChange: Sendable, Equatable {
    /// `number.changed`, `user_id.changed`, `identity.changed`.
    public var type: String
    /// The provider's object of the change, as JSON.
    public var data: String
    /// The number from now on, nil where it stays.
    public var phone: ReceivedPhone?
    /// Ids that lead to the contact from now on, besides those it has.
    public var identities: [Identity]

    /// A change that leaves out what stays as it is, and what is nobody's.
    public init(type: String, data: String, phone: ReceivedPhone? = nil, identities: [Identity] = []) {
        self.type = type
        self.data = data
        self.phone = phone.ofSomebody
        self.identities = identities.ofSomebody
    }
}

extension Event {
    /// What it is where it could not be read; nil of all else.
    public var unreadableItem: UnreadableItem? {
        if case .unreadable(let item) = content { item } else { nil }
    }
}

/// An item of a delivery that could not be read, kept for a later version that can.
public struct UnreadableItem: Sendable, Equatable {
    /// Where the item was in its delivery, counted from 0.
    public var index: Int
    /// What is wrong with it.
    public var error: PayloadError
    /// The item as JSON; of several, what there is to say of them.
    public var record: String
    /// How many items it stands for.
    public var count: Int

    /// What is left of an item whose neighbours were read, or of several of a delivery that has too many of them (`EventList`).
    public init(index: Int, error: PayloadError, record: String, count: Int = 1) {
        self.index = index
        self.error = error
        self.record = record
        self.count = count
    }
}
