// Senders choose the words that say what an item is: the field of a change, a status, an event's type, a channel, a member's name. Such a
// word may contain anything, even personal data. Only this file decides which of them logs, probes and lists may show, and which redaction
// may leave.
extension StringProtocol {
    /// Whether a text is clearly a word: ASCII letters and digits with `.`, `-`, `_`, `/` and `+`, at most `longest` bytes and at most
    /// `mostDigits` digits, counted anywhere, since a phone number may have any character between its digits.
    public func isPlainWord(longest: Int = 128, mostDigits: Int = 4) -> Bool {
        guard (1...longest).contains(utf8.count) else { return false }
        var digits = 0
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "+"): continue
            default: return false
            }
        }
        return digits <= mostDigits
    }
}

extension String {
    /// The sender's name for a kind of thing, in a form that may be logged: unchanged if it is clearly a word, otherwise only its length.
    public var loggedWord: String { isEmpty || isPlainWord() ? self : "(a name of \(utf8.count) bytes)" }

    /// Whether a text is clearly the path of a field: names of at most 40 bytes, separated by dots, with list indices. Names with more
    /// digits than a word may have arrive masked (`PhoneNumber.shown`), so the digits of indices are the gateway's own.
    var isPlainPath: Bool {
        var digits = 0
        for name in split(separator: ".", omittingEmptySubsequences: false) {
            var name = name
            while name.last == "]", let start = name.lastIndex(of: "[") {
                let place = name[name.index(after: start)...].dropLast().utf8
                guard (1...7).contains(place.count), place.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
                name = name[..<start]
            }
            digits += name.utf8.count { (0x30...0x39).contains($0) }
            guard name.isEmpty || name.isPlainWord(longest: 40), !name.utf8.contains(where: { "/+".utf8.contains($0) }) else {
                return false
            }
        }
        return digits <= 4
    }
}
