// Who hides their number is nobody that could be found again: all of them would be one person otherwise, with one session. The same is true of
// what programs write where they know no id. The SQL function `switchboard.names_somebody` follows the same rule for customers:
// Tests/SessionRules/customers.json has the cases that both are run against.
extension String {
    /// Whether a text can be the id of a person or a customer. Besides what names nothing (`namesSomething`), these name nobody: the words that
    /// networks and providers write for a person who hides theirs, what such a word is on a keypad as an international number (`+266696687`), and
    /// what programs write where they have no value (`null`); with a scheme before it or without, in letters of either case and of any width. So
    /// does an address without a name (`sip:0@example.com`). Mailboxes are somebody's, whatever they are called.
    public var namesSomebody: Bool { namesSomething && !Nobody.isMeant(by: self) }
}

extension String {
    /// Where a word or a number that names nobody begins, in a text that has nothing else but schemes before it. Nil of any other text, also of
    /// one that names nobody with something beside it.
    public var startOfNobody: Index? {
        let start = lastIndex(of: ":").map { index(after: $0) } ?? startIndex
        return Nobody.isBare(unicodeScalars[start...]) ? start : nil
    }
}

extension String? {
    /// The id, where it names somebody: what is stored may be of an earlier version, which took `anonymous` for a customer's.
    public var ofSomebody: String? { flatMap { $0.namesSomebody ? $0 : nil } }
}

extension ReceivedPhone {
    /// Whether it can be somebody's. A number without a plus is an international one where no region is given, and may be spelled like a word
    /// where one is.
    public var isSomebodys: Bool {
        guard text.namesSomebody else { return false }
        return region != nil || text.utf8.first == UInt8(ascii: "+") || !Nobody.isMeant(byDigitsOf: text.unicodeScalars[...])
    }

    /// Why a client may not name a person by such a number; it follows the name of the field.
    public static let hiddenCaller = "stands for a caller who hides their number, and is nobody's"
}

/// The words for somebody who is hidden. Telephone networks have them in the place of a caller's number, and where digits are wanted what their
/// letters are on a keypad (Twilio's changelog, "Upcoming changes to withheld caller ID behavior for <Dial> calls", 2022-11-16, read 2026-11):
/// `anonymous` is +266696687, `unavailable` +86282452253, `restricted` +7378742833, `unknown` +8656696, `blocked` +2562533.
private enum Nobody {
    private static let callers = ["anonymous", "blocked", "hidden", "private", "restricted", "unavailable", "unknown", "withheld"]
    /// Without the spaces, hyphens and underscores between their words.
    private static let phrases = [
        "anonymouscaller", "hiddennumber", "nocallerid", "notavailable", "numberwithheld", "outofarea", "privatecaller", "privatenumber",
        "unknowncaller", "unknownnumber", "withheldnumber",
    ]
    /// What programs write where they have no value: `NaN` and `[object Object]` are JavaScript's.
    private static let unset = ["(null)", "[objectobject]", "n/a", "nan", "nil", "none", "null", "undefined"]
    /// What shops, chat widgets and frameworks write for whoever has not logged in.
    private static let visitors = [
        "anonymoususer", "anonymousvisitor", "guest", "guestuser", "unknownuser", "unknownvisitor", "visitor", "websitevisitor",
    ]
    private static let words = Set(callers + phrases + unset + visitors)
    private static let wordLengths = 3...16
    /// Of the words that are long enough to stand in the place of a number. No country has one of these.
    private static let numbers = Set(callers.filter { $0.utf8.count >= 7 }.map(number))
    private static let numberLengths = 7...11
    /// The most bytes of a text that is looked at: an address with its host.
    private static let longest = 128

    typealias Scalars = Substring.UnicodeScalarView

    static func isMeant(by text: String) -> Bool {
        guard text.utf8.count <= longest, hasForm(text) else { return false }
        let address = HiddenAddress(text.folded)
        guard let host = address.host else { return isHidden(address.lastName) || address.isOfKnownScheme && address.isBlank }
        // `anonymous@anonymous.invalid` is nobody by its host (RFC 3323, 4.1.1.3). Elsewhere it is a mailbox, but for a caller by SIP.
        if host.labels.count == 2, host.labels[1] == "invalid", isHidden(host.labels[0]) { return true }
        if address.isOfSIP {
            let caller = address.names.first ?? ""
            return !caller.namesSomething || isWord(caller.unicodeScalars[...]) || isMeant(byDigitsOf: caller.unicodeScalars)
        }
        // `@asha` is a name, and names nobody only behind a scheme.
        let isUnnamed = address.isBlank && (address.isOfKnownScheme || !address.names.isEmpty)
        return !host.hasMailboxes && (isHidden(address.lastName) || isUnnamed)
    }

    /// Whether a folded name is a word for nobody, or the digits of one as an international number.
    private static func isHidden(_ name: String) -> Bool {
        let name = name.unicodeScalars[...]
        return isWord(name) || hasPlus(name) && isMeant(byDigitsOf: name)
    }

    /// Whether a text is nothing but such a word, or the digits of one.
    static func isBare(_ text: Scalars) -> Bool {
        guard text.count <= longest else { return false }
        if isWord(String(Substring(text)).folded.unicodeScalars[...]) { return true }
        return hasPlus(text) && isMeant(byDigitsOf: text)
            && text.allSatisfy { digit($0) != nil || $0 == "+" || $0 == "\u{FF0B}" || $0.properties.generalCategory == .format }
    }

    /// Whether digits in any script, which may have a scheme before them and parameters or a host behind them, are those of a word.
    static func isMeant(byDigitsOf text: some Sequence<Unicode.Scalar>) -> Bool {
        var (number, count) = (0, 0)
        for scalar in text {
            if scalar == ":" { (number, count) = (0, 0) }
            if scalar == ";" || scalar == "@" { break }
            guard let digit = digit(scalar) else { continue }
            count += 1
            guard count <= numberLengths.upperBound else { continue }
            number = 10 * number + digit
        }
        return numberLengths.contains(count) && numbers.contains(number)
    }

    /// Nearly every id ends with a digit, which no word does, and has none of these: nothing is copied for it.
    private static func hasForm(_ text: String) -> Bool {
        guard let last = text.utf8.last, (0x30...0x39).contains(last) else { return true }
        return text.utf8.contains { $0 >= 0x80 || "+:;<?@".utf8.contains($0) }
    }

    /// Whether a folded name is one of the words, with or without a plus before it, as if it were a number.
    private static func isWord(_ name: Scalars) -> Bool {
        guard name.count <= longest else { return false }
        let letters = name.drop { $0 == "+" || $0.properties.isWhitespace }
            .filter { $0 != "-" && $0 != "_" && !$0.properties.isWhitespace }
        guard wordLengths.contains(letters.count) else { return false }
        return words.contains(String(String.UnicodeScalarView(letters)).lowercased())
    }

    private static func hasPlus(_ name: Scalars) -> Bool {
        let first = name.first { !$0.properties.isWhitespace && $0.properties.generalCategory != .format }
        return first == "+" || first == "\u{FF0B}"
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        if scalar.isASCII { return (0x30...0x39).contains(scalar.value) ? Int(scalar.value) - 0x30 : nil }
        guard scalar.properties.numericType == .decimal else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    /// What the letters of a word are on a keypad.
    private static func number(of word: String) -> Int {
        let keys = [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9]
        return word.utf8.reduce(0) { 10 * $0 + keys[Int($1 - 0x61)] }
    }
}
