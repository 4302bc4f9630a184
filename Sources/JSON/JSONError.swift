/// Why a text could not be read as JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// The parser's own words: "The JSON document has an improper structure…".
    public let reason: String

    /// The reason alone.
    public var description: String { reason }
}
