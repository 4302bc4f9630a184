import JSON
import Messaging

extension JSON {
    /// An id, which Meta posts as a string or occasionally as a number, of any length; nil if blank or `0`.
    var identifier: String? { stringOrNumber.flatMap { $0.namesSomething ? $0 : nil } }

    /// A word, or a person's name, of any length; nil if empty.
    var name: String? { stringOrNumber.flatMap { $0.isEmpty ? nil : $0 } }

    /// A time in seconds since 1970, as a string or number; from 10^11 on in milliseconds, which have been observed too.
    var time: Instant? {
        guard let number = int ?? string.flatMap({ Int64($0) }), number >= 0 else { return nil }
        let milliseconds = number >= 100_000_000_000 ? number : number * 1000
        // From the year 10000 on it cannot be a time, and RFC 3339 could not express it.
        return milliseconds < 253_402_300_800_000 ? Instant(milliseconds: milliseconds) : nil
    }

    /// Whether it is the echo of another responder's message, which contains the message as posted to Meta one level deeper.
    var isAroundMessage: Bool { self["message"].kind == .object && !self["type"].isPresent }

    /// The message of an item.
    var said: JSON { isAroundMessage ? self["message"] : self }
}
