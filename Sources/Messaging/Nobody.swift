// Who hides their number is nobody that could be found again: all of them would be one person otherwise, with one session.
extension String {
    /// Whether a text can be a person's id. Besides what names nothing (`namesSomething`), the words that networks and providers write for a
    /// person who hides theirs name nobody: with a scheme before them or without, in letters of either case.
    public var namesSomebody: Bool { namesSomething && !Nobody.isMeant(by: self) }
}

extension String {
    /// Where the word stands by which a text names nobody, nil where it names somebody or nothing. A scheme may stand before it.
    public var wordOfNobody: Range<Index>? {
        guard Nobody.isMeant(by: self), let word = split(separator: ":").last else { return nil }
        return word.startIndex..<word.endIndex
    }
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
    private static let numbers = Set(words.filter { $0.utf8.count >= 7 }.map(number))
    private static let lengths = 6...11

    static func isMeant(by text: String) -> Bool {
        // Nearly every number and id ends with a digit, which no word does.
        guard text.utf8.count <= 48, text.utf8.last.map({ !isDigit($0) }) ?? false, let word = text.split(separator: ":").last,
            word.utf8.count >= lengths.lowerBound
        else { return false }
        let letters = word.unicodeScalars.filter { !$0.properties.isWhitespace && $0.properties.generalCategory != .format }
        return lengths.contains(letters.count) && words.contains(String(String.UnicodeScalarView(letters)).lowercased())
    }

    /// Asked of every number: nothing is copied.
    static func isMeant(byDigitsOf text: String) -> Bool {
        guard text.utf8.count <= 48 else { return false }
        var (number, count) = (0, 0)
        for byte in text.utf8 {
            if byte == UInt8(ascii: ":") { (number, count) = (0, 0) }
            guard isDigit(byte) else { continue }
            count += 1
            guard count <= lengths.upperBound else { continue }
            number = 10 * number + Int(byte - 0x30)
        }
        return lengths.contains(count) && numbers.contains(number)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// What the letters of a word are on a keypad.
    private static func number(of word: String) -> Int {
        let keys = [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9]
        return word.utf8.reduce(0) { 10 * $0 + keys[Int($1 - 0x61)] }
    }
}
