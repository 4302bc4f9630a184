import JSON

/// The marks that identify a provider's placeholders: messages whose content is not available yet and arrives later under the same id.
///
/// They are part of the adapter's traits; the journal and the database's functions use the same marks.
public struct PlaceholderMarks: Sendable {
    /// The marks as JSON texts. The content of a placeholder contains one of them, as PostgreSQL's `@>` defines it.
    public let texts: [String]
    private let marks: [JSON]

    /// Creates the marks from JSON texts; a text that is not JSON is ignored.
    public init(_ texts: [String] = []) {
        let parsed = texts.compactMap { text in (try? JSON(parsing: Array(text.utf8))).map { (text, $0) } }
        self.texts = parsed.map(\.0)
        marks = parsed.map(\.1)
    }

    /// Whether a message is a placeholder: of unsupported type, with content that contains a mark. `type` is as stored.
    public func mark(type: String, content: String) -> Bool {
        guard !marks.isEmpty, type == MessageType.unsupported.rawValue, let content = try? JSON(parsing: Array(content.utf8)) else {
            return false
        }
        return marks.contains { content.contains($0) }
    }
}

/// How a new message relates to the stored message with the same id.
///
/// The SQL function `switchboard.completes` makes the same decision; both run against the cases of `MessageSuccessionCase`.
public enum MessageSuccession: Sendable, Equatable {
    /// The new message says nothing that is not stored.
    case repeats
    /// The new message replaces the stored one, since it has what that one lacks: a placeholder's content, or membership in a session.
    case completes
    /// The new message has different content. The stored one stays, and the delivery of the new one is kept.
    case differs

    /// The properties of either message that matter for the decision.
    public struct Side: Sendable, Equatable {
        /// Whether it is a placeholder for content that is not available yet.
        public var isPlaceholder: Bool
        /// Whether it belongs to a session; a copy from the history does not.
        public var isInSession: Bool

        /// One of the two messages.
        public init(isPlaceholder: Bool, isInSession: Bool) {
            self.isPlaceholder = isPlaceholder
            self.isInSession = isInSession
        }
    }

    /// Decides how `new` relates to `stored`. `saysTheSame` compares their whole content, and is evaluated only if nothing else decides.
    public init(of new: Side, to stored: Side, saysTheSame: Bool) {
        if new.isPlaceholder, !stored.isPlaceholder {
            self = .repeats
        } else if stored.isPlaceholder && !new.isPlaceholder || new.isInSession && !stored.isInSession {
            self = .completes
        } else {
            self = new.isPlaceholder || saysTheSame ? .repeats : .differs
        }
    }
}
