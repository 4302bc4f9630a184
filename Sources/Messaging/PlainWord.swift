// Senders choose words by which we tell what an item is: the field of a change, a status, an event's type, a channel, the name of a member.
// They may have put anything there. Here alone it is decided which of them a log, a probe or a list may show, and which redaction may
// leave.
extension StringProtocol {
    /// Whether a text is plainly a word: letters and digits of ASCII with `.`, `-`, `_`, `/` and `+` among them, at most `longest` bytes,
    /// of which at most `mostDigits` are digits, wherever they stand: a number may be written with anything between its digits.
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
    /// What a sender calls a kind of thing, as a log may show it: as it is where it is plainly a word, and otherwise how long a name it is.
    public var loggedWord: String { isEmpty || isPlainWord() ? self : "(a name of \(utf8.count) bytes)" }

    /// Whether a text is plainly the path of a field: names of at most 40 bytes with dots between them, and places in lists. Of a name with
    /// more digits than a word has only a mask comes here (`PhoneNumber.shown`), so that those of places are ours.
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
