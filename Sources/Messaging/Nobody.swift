// Who hides their number is nobody that could be found again: all of them would be one person otherwise, with one session.
extension String {
    /// Whether a text can be a person's id. Besides what names nothing (`namesSomething`), the words that networks and providers write for a
    /// person who hides theirs name nobody: with a scheme before them or without, in letters of either case.
    public var namesSomebody: Bool { namesSomething && !Nobody.isMeant(by: self) }
}

extension ReceivedPhone {
    /// Whether it can be somebody's. Of an international number what the letters of such a word are on a keypad is nobody's, too: no country
    /// has one of these. A local number may be spelled like a word.
    public var isSomebodys: Bool {
        guard text.namesSomebody else { return false }
        guard region == nil || text.hasPrefix("+") else { return true }
        return !Nobody.isMeant(byDigitsOf: text)
    }
}

/// The words for somebody who is hidden. Telephone networks have them in the place of a caller's number, and where digits are wanted what their
/// letters are on a keypad (Twilio's changelog, "Upcoming changes to withheld caller ID behavior for <Dial> calls", 2022-11-16, read 2026-11):
/// `anonymous` is +266696687, `unavailable` +86282452253, `restricted` +7378742833.
private enum Nobody {
    private static let words: Set<String> = [
        "anonymous", "blocked", "hidden", "private", "restricted", "unavailable", "unknown", "withheld",
    ]
    /// Of the words that are long enough to stand in the place of a number.
    private static let digits = Set(words.filter { $0.utf8.count >= 7 }.map(keys))
    private static let lengths = 6...11

    static func isMeant(by text: String) -> Bool {
        // Nearly no id is as short as that.
        guard text.utf8.count <= 48, let word = text.split(separator: ":").last, word.utf8.count >= lengths.lowerBound else { return false }
        let letters = word.unicodeScalars.filter { !$0.properties.isWhitespace && $0.properties.generalCategory != .format }
        return lengths.contains(letters.count) && words.contains(String(String.UnicodeScalarView(letters)).lowercased())
    }

    static func isMeant(byDigitsOf text: String) -> Bool {
        guard text.utf8.count <= 48, let number = text.split(separator: ":").last else { return false }
        let digits = number.utf8.filter { (0x30...0x39).contains($0) }
        return lengths.contains(digits.count) && self.digits.contains(String(decoding: digits, as: UTF8.self))
    }

    private static func keys(of word: String) -> String {
        let keys = Array("22233344455566677778889999".utf8)
        return String(decoding: word.utf8.map { keys[Int($0 - 0x61)] }, as: UTF8.self)
    }
}
