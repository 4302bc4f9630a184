import JSON
import Messaging

extension JSON {
    /// An id, which Meta posts as a string and now and then as a number, of whatever length; an empty one is none.
    var identifier: String? { stringOrNumber.flatMap { $0.isEmpty ? nil : $0 } }

    /// What somebody calls themselves, however long.
    var name: String? { stringOrNumber.flatMap { $0.isEmpty ? nil : $0 } }

    /// A time in seconds since 1970, a string or a number; from 10^11 on it is in milliseconds, which were seen too.
    var time: Instant? {
        guard let number = int ?? string.flatMap({ Int64($0) }), number >= 0 else { return nil }
        let milliseconds = number >= 100_000_000_000 ? number : number * 1000
        // From the year 10000 on it is no time, and RFC 3339 could not write it.
        return milliseconds < 253_402_300_800_000 ? Instant(milliseconds: milliseconds) : nil
    }
}

/// JSON text of an object with those of the members that are there; nil where none is.
func objectText(_ members: [(key: String, value: JSON)]) -> String? {
    guard members.contains(where: \.value.isPresent) else { return nil }
    var writer = JSONWriter()
    writer.object { object in
        for (key, value) in members where value.isPresent {
            if let text = value.text { object.member(key, raw: text) }
        }
    }
    return writer.text
}
