import Messaging

/// A person with the latest that was stored about them, as a list shows it.
public struct Conversation: Sendable, Equatable {
    public var contact: Contact
    /// The channels of the person's latest messages and of the active session, the latest first.
    public var channels: [Channel]
    /// When the latest row about the person was received.
    public var lastAt: Instant
    /// The text of the latest of these messages that has one.
    public var lastText: String?
    public var hasActiveSession: Bool
}

/// A part of a list, with the cursor of the next part; nil if nothing follows.
public struct Page<Item: Sendable>: Sendable {
    public var items: [Item]
    public var next: String?

    /// A part of a list.
    public init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

/// What is stored about a person besides messages.
public struct ContactCard: Sendable, Equatable {
    public var contact: Contact
    public var identities: [Identity]
    /// The live session; nil if there is none.
    public var activeSession: Session?
}

/// What an operator looks for among conversations.
public struct ConversationSearch: Sendable, Equatable {
    /// Forms of one phone in E.164; empty if the text is no phone.
    public var phones: [String]
    /// The text itself: a part of a name, a customer's id, or the beginning of a session's token.
    public var text: String

    /// A search for a text that may be one of these phones.
    public init(_ text: String, phones: [String]) {
        self.text = text
        self.phones = phones
    }

    /// What is compared with tokens: the first eight characters. With fewer, a search would find sessions that were not meant; with more,
    /// somebody who knows the beginning of a token could guess the rest, one character after the other.
    var beginningOfToken: String? { text.count >= 8 ? String(text.prefix(8)) : nil }
}
