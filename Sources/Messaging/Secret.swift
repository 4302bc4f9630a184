/// A text that must not be seen: it prints as `•••`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself; only for signing, comparing and storing.
    public let revealed: String

    /// Hides `text` from here on.
    public init(_ text: String) { revealed = text }

    /// `•••`, in logs and interpolations.
    public var description: String { "•••" }
    /// `•••`, in dumps of whatever holds it.
    public var debugDescription: String { "•••" }
    /// Nothing, so that reflection finds no text either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
