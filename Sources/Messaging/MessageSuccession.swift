import JSON

/// How a provider's placeholders are known: messages that stand for one whose content is not there yet and comes later under the same id.
///
/// The journal and the database's functions go by the same marks, which the adapter's traits have.
public struct PlaceholderMarks: Sendable {
    /// JSON values. The content of a placeholder has all of one of them in it, as PostgreSQL's `@>` decides it.
    public let texts: [String]
    private let marks: [JSON]

    /// By these JSON values; a text that is no JSON marks nothing.
    public init(_ texts: [String] = []) {
        let parsed = texts.compactMap { text in (try? JSON(parsing: Array(text.utf8))).map { (text, $0) } }
        self.texts = parsed.map(\.0)
        marks = parsed.map(\.1)
    }

    /// Whether a message is a placeholder: one of no type that anybody knows, whose content has a mark. `type` is as it is stored.
    public func mark(type: String, content: String) -> Bool {
        guard !marks.isEmpty, type == MessageType.unsupported.rawValue, let content = try? JSON(parsing: Array(content.utf8)) else {
            return false
        }
        return marks.contains { content.contains($0) }
    }
}

/// What a message is to the stored one of its id.
///
/// The function `switchboard.completes` decides the same in the database; `MessageSuccessionCase` has the cases that both are run against.
public enum MessageSuccession: Sendable, Equatable {
    /// It says nothing that is not stored.
    case repeats
    /// It has what the stored one lacks, and takes its place: the content of a placeholder, or that its person sent it just now.
    case completes
    /// It says something else under the same id. The stored one stays, and so does the delivery of the other.
    case differs

    /// What counts of either of the two.
    public struct Side: Sendable, Equatable {
        /// Whether it stands for a message whose content is not there.
        public var isPlaceholder: Bool
        /// Whether it belongs to a session, which a copy out of the past does not.
        public var isInSession: Bool

        /// One of the two.
        public init(isPlaceholder: Bool, isInSession: Bool) {
            self.isPlaceholder = isPlaceholder
            self.isInSession = isInSession
        }
    }

    /// `saysTheSame` compares the two in all that a message says; it is asked where nothing else decides.
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
