/// A text that is compared byte by byte, as SQLite and PostgreSQL do. Swift takes texts of the same characters for one: `é`, and `e` with an
/// accent behind it, are two ids everywhere else.
public struct ExactText: Hashable, Sendable {
    private let text: String

    /// The text as a key of a dictionary or a set.
    public init(_ text: String) { self.text = text }

    /// By their bytes.
    public static func == (one: ExactText, other: ExactText) -> Bool { one.text.isExactly(other.text) }

    /// The same for the same bytes; texts of the same characters have one hash, and there are few of those.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
    /// Whether two texts have the same bytes.
    public func isExactly(_ other: String) -> Bool {
        // The first costs nothing, the second compares memory for texts that are ASCII: only what is equal is walked.
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }

    /// Whether a text can be the id of somebody or something. White space, and zeros alone in the digits of any script, are what systems write
    /// where they know none; taken for ids, all of whom nothing is known would be one. So is what stands in a number without digits (`+0`) and
    /// in a UUID of nothing but zeros.
    public var namesSomething: Bool { !unicodeScalars.allSatisfy(\.isBlankInID) }
}

extension Optional where Wrapped == String {
    /// Whether both are none, or have the same bytes.
    public func isExactly(_ other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let one?, let other?): one.isExactly(other)
        default: false
        }
    }
}
