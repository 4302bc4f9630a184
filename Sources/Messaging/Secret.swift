/// A text that must not be shown: it prints as `•••`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself; only for signing, comparing and storing.
    public let revealed: String

    /// Wraps `text`.
    public init(_ text: String) { revealed = text }

    /// `•••`, in logs and interpolations.
    public var description: String { "•••" }
    /// `•••`, in dumps of whatever holds it.
    public var debugDescription: String { "•••" }
    /// No children, so that reflection does not show the text either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
