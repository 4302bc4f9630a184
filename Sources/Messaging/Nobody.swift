// A person who hides their number cannot be recognized again: treated as one person, all of them would share one session. The same holds
// for what programs write for an unknown id. The SQL function `switchboard.names_somebody` follows the same rule for customers; both run
// against the cases of Tests/SessionRules/customers.json.
extension String {
    /// Whether a text can be the id of a person or a customer. Besides texts that name nothing (`namesSomething`), it excludes words of
    /// networks and providers for a hidden person, the keypad digits of such a word as an international number (`+266696687`), words of
    /// programs for no value (`null`), with or without a scheme, in any case and width, and addresses without a name (`sip:0@example.com`).
    /// Mailboxes of any name are allowed.
    public var namesSomebody: Bool { namesSomething && !Nobody.isMeant(by: self) }
}

extension String {
    /// The start of a word or number that names nobody, in a text that has only schemes before it. Nil for any other text, including one in
    /// which something follows such a word.
    public var startOfNobody: Index? {
        let start = lastIndex(of: ":").map { index(after: $0) } ?? startIndex
        return Nobody.isBare(unicodeScalars[start...]) ? start : nil
    }
}

extension String? {
    /// The id, if it names somebody. An earlier version may have stored `anonymous` as a customer.
    public var ofSomebody: String? { flatMap { $0.namesSomebody ? $0 : nil } }
}

extension ReceivedPhone {
    /// Whether the number can be a person's. A number without a plus is international if it has no region; with a region it may be a local
    /// number that happens to have a word's keypad digits.
    public var isSomebodys: Bool {
        guard text.namesSomebody else { return false }
        return region != nil || text.utf8.first == UInt8(ascii: "+") || !Nobody.isMeant(byDigitsOf: text)
    }

    /// Why a client may not use such a number for a person; follows the name of the field.
    public static let hiddenCaller = "stands for a caller with a hidden number, so it is nobody's number"
}

/// The words for a hidden person. Telephone networks write them in place of a caller's number, or their keypad digits if digits are
/// required (Twilio's changelog, "Upcoming changes to withheld caller ID behavior for <Dial> calls", 2022-11-16, read 2026-11): `anonymous`
/// is +266696687, `unavailable` +86282452253, `restricted` +7378742833, `unknown` +8656696, `blocked` +2562533.
private enum Nobody {
    private static let callers = ["anonymous", "blocked", "hidden", "private", "restricted", "unavailable", "unknown", "withheld"]
    /// Phrases, without the spaces, hyphens and underscores between their words.
    private static let phrases = [
        "anonymouscaller", "hiddennumber", "nocallerid", "notavailable", "numberwithheld", "outofarea", "privatecaller", "privatenumber",
        "unknowncaller", "unknownnumber", "withheldnumber",
    ]
    /// What programs write for no value; `NaN` and `[object Object]` are JavaScript's.
    private static let unset = ["(null)", "[objectobject]", "n/a", "nan", "nil", "none", "null", "undefined"]
    /// What shops, chat widgets and frameworks write for somebody who is not logged in.
    private static let visitors = [
        "anonymoususer", "anonymousvisitor", "guest", "guestuser", "unknownuser", "unknownvisitor", "visitor", "websitevisitor",
    ]
    private static let words = Set(callers + phrases + unset + visitors)
    private static let wordLengths = 3...16
    /// The keypad digits of the words that are long enough for a number. No country uses any of these numbers.
    private static let numbers = Set(callers.filter { $0.utf8.count >= 7 }.map(number))
    private static let numberLengths = 7...11
    /// The most bytes of a text that is examined: enough for an address with its host.
    private static let longest = 128

    typealias Scalars = Substring.UnicodeScalarView

    static func isMeant(by text: String) -> Bool {
        guard text.utf8.count <= longest, hasForm(text) else { return false }
        let address = HiddenAddress(text.folded)
        guard let host = address.host else { return isHidden(address.lastName) || address.isOfKnownScheme && address.isBlank }
        // `anonymous@anonymous.invalid` is nobody because of its host (RFC 3323, 4.1.1.3). At other hosts it is a mailbox, except in SIP.
        if host.labels.count == 2, host.labels[1] == "invalid", isHidden(host.labels[0]) { return true }
        if address.isOfSIP {
            let caller = address.names.first ?? ""
            return !caller.namesSomething || isWord(caller.unicodeScalars[...]) || isMeant(byDigitsOf: caller.unicodeScalars)
        }
        // `@asha` is a user name; a text that begins with `@` names nobody only after a scheme.
        let isUnnamed = address.isBlank && (address.isOfKnownScheme || !address.names.isEmpty)
        return !host.hasMailboxes && (isHidden(address.lastName) || isUnnamed)
    }

    /// Whether a folded name is a word for nobody, or such a word's keypad digits as an international number.
    private static func isHidden(_ name: String) -> Bool {
        let name = name.unicodeScalars[...]
        return isWord(name) || hasPlus(name) && isMeant(byDigitsOf: name)
    }

    /// Whether a text is only such a word, or only its keypad digits.
    static func isBare(_ text: Scalars) -> Bool {
        guard text.count <= longest else { return false }
        if isWord(String(Substring(text)).folded.unicodeScalars[...]) { return true }
        return hasPlus(text) && isMeant(byDigitsOf: text)
            && text.allSatisfy { digit($0) != nil || $0 == "+" || $0 == "\u{FF0B}" || $0.properties.generalCategory == .format }
    }

    /// The same, without a look at each character where all of them are plain digits and too many, as of most numbers.
    static func isMeant(byDigitsOf text: String) -> Bool {
        let bytes = text.utf8
        if bytes.count > numberLengths.upperBound, bytes.allSatisfy({ (0x30...0x39).contains($0) }) { return false }
        return isMeant(byDigitsOf: text.unicodeScalars)
    }

    /// Whether digits in any script are the keypad digits of a word. A scheme may precede them; parameters or a host may follow.
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

    /// Whether a text may name nobody. Nearly all ids end in a digit and have none of these characters: they need no copy.
    private static func hasForm(_ text: String) -> Bool {
        guard let last = text.utf8.last, (0x30...0x39).contains(last) else { return true }
        return text.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: "?"), UInt8(ascii: "@"): true
            default: byte >= 0x80
            }
        }
    }

    /// Whether a folded name is one of the words, with or without a plus before it as in a number.
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

    /// The keypad digits of a word.
    private static func number(of word: String) -> Int {
        let keys = [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9]
        return word.utf8.reduce(0) { 10 * $0 + keys[Int($1 - 0x61)] }
    }
}
