import Foundation

/// A text that is compared by bytes, as in SQLite and PostgreSQL. Swift compares characters, so that `é` equals `e` with a combining
/// accent; everywhere else these are two ids.
public struct ExactText: Hashable, Sendable {
    private let text: String

    /// Wraps the text as a key of a dictionary or set.
    public init(_ text: String) { self.text = text }

    /// Compares bytes.
    public static func == (one: ExactText, other: ExactText) -> Bool { one.text.isExactly(other.text) }

    /// Hashes the characters: equal bytes have equal hashes, and different bytes of the same characters, which are rare, share a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
    /// Whether two texts have the same bytes.
    public func isExactly(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isEqual = utf8.withContiguousStorageIfAvailable { one in
            other.utf8.withContiguousStorageIfAvailable { one.hasSameBytes(as: $0) }
        }
        return (isEqual ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether a text can be the id of somebody or something. Systems write white space, or only zeros in the digits of any script, for an
    /// unknown id; if these were ids, everybody unknown would be one person. The same holds for `+0` and for a UUID of zeros.
    public var namesSomething: Bool { !unicodeScalars.allSatisfy(\.isBlankInID) }
}

extension Optional where Wrapped == String {
    /// Whether both are nil, or have the same bytes.
    public func isExactly(_ other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let one?, let other?): one.isExactly(other)
        default: false
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether both have the same bytes. `elementsEqual` compares one byte at a time, which takes much longer.
    package func hasSameBytes(as other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, count) == 0
    }
}
