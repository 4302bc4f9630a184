import JSON
import Messaging

extension JSON {
    /// An id, which Meta posts as a string and now and then as a number, of whatever length; a blank one and `0` are none.
    var identifier: String? { stringOrNumber.flatMap { $0.namesSomething ? $0 : nil } }

    /// A word, or what somebody calls themselves, however long.
    var name: String? { stringOrNumber.flatMap { $0.isEmpty ? nil : $0 } }

    /// A time in seconds since 1970, a string or a number; from 10^11 on it is in milliseconds, which were seen too.
    var time: Instant? {
        guard let number = int ?? string.flatMap({ Int64($0) }), number >= 0 else { return nil }
        let milliseconds = number >= 100_000_000_000 ? number : number * 1000
        // From the year 10000 on it is no time, and RFC 3339 could not write it.
        return milliseconds < 253_402_300_800_000 ? Instant(milliseconds: milliseconds) : nil
    }

    /// Whether it is the echo of a message that another responder sent: that has what was posted to Meta one level deeper.
    var isAroundMessage: Bool { self["message"].kind == .object && !self["type"].isPresent }

    /// The message of an item.
    var said: JSON { isAroundMessage ? self["message"] : self }
}
