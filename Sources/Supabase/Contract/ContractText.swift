/// JSON text in a form that PostgreSQL accepts.
enum ContractText {
    /// Replaces by U+FFFD what JSON allows but PostgreSQL's text does not: an escaped NUL (22P05), and an unpaired surrogate (PGRST102).
    ///
    /// The length stays the same; the delivery keeps the original bytes.
    static func sanitized(_ json: [UInt8]) -> [UInt8] {
        var json = json
        var index = 0
        while index < json.count, let backslash = json[index...].firstIndex(of: UInt8(ascii: "\\")) {
            index = backslash + json.lengthOfEscape(at: backslash)
            if json.isUnstorable(from: backslash, to: index) { json.replaceSubrange(backslash..<index, with: "\\ufffd".utf8) }
        }
        return json
    }
}

extension [UInt8] {
    /// The length of an escape in bytes; of both escapes if two form a surrogate pair.
    fileprivate func lengthOfEscape(at index: Int) -> Int {
        guard let unit = escapedUnit(at: index) else { return 2 }
        guard (0xD800..<0xDC00).contains(unit), let low = escapedUnit(at: index + 6) else { return 6 }
        return (0xDC00..<0xE000).contains(low) ? 12 : 6
    }

    /// Whether an escape is a NUL or an unpaired surrogate.
    fileprivate func isUnstorable(from start: Int, to end: Int) -> Bool {
        guard end - start == 6, let unit = escapedUnit(at: start) else { return false }
        return unit == 0 || (0xD800..<0xE000).contains(unit)
    }

    /// The code unit of an escape `\uXXXX`; nil for other escapes, including `\\`.
    fileprivate func escapedUnit(at index: Int) -> UInt16? {
        guard index + 6 <= count, self[index] == UInt8(ascii: "\\"), self[index + 1] == UInt8(ascii: "u") else { return nil }
        return UInt16(String(decoding: self[index + 2..<index + 6], as: UTF8.self), radix: 16)
    }
}
