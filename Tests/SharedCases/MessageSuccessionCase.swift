import Messaging
import Testing

/// The fate of a message whose id is already stored, which gateway and database must decide alike.
public struct MessageSuccessionCase: Sendable, CustomTestStringConvertible {
    /// The kind of a message, as far as it matters.
    public enum Kind: String, Sendable, CaseIterable {
        /// The message stands for one whose content arrives later.
        case placeholder
        /// The message is complete.
        case whole
    }

    public let stored: (kind: Kind, isInSession: Bool)
    public let new: (kind: Kind, isInSession: Bool)
    /// Whether the new message completes the stored one.
    public let completes: Bool

    public var testDescription: String {
        func words(_ message: (kind: Kind, isInSession: Bool)) -> String {
            "\(message.kind.rawValue) \(message.isInSession ? "in a session" : "of the past")"
        }
        return "\(words(new)) after \(words(stored))"
    }

    /// Every possible pair.
    public static let all: [MessageSuccessionCase] = [
        of((.placeholder, false), (.placeholder, false), false), of((.placeholder, false), (.placeholder, true), true),
        of((.placeholder, false), (.whole, false), true), of((.placeholder, false), (.whole, true), true),
        of((.placeholder, true), (.placeholder, false), false), of((.placeholder, true), (.placeholder, true), false),
        of((.placeholder, true), (.whole, false), true), of((.placeholder, true), (.whole, true), true),
        of((.whole, false), (.placeholder, false), false), of((.whole, false), (.placeholder, true), false),
        of((.whole, false), (.whole, false), false), of((.whole, false), (.whole, true), true),
        of((.whole, true), (.placeholder, false), false), of((.whole, true), (.placeholder, true), false),
        of((.whole, true), (.whole, false), false), of((.whole, true), (.whole, true), false),
    ]

    private static func of(_ stored: (Kind, Bool), _ new: (Kind, Bool), _ completes: Bool) -> MessageSuccessionCase {
        MessageSuccessionCase(stored: stored, new: new, completes: completes)
    }
}
