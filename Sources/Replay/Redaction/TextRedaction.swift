import Messaging
import PhoneNumbers
import Signing

/// Replaces what stands in texts: phones by phones, other words by words of the same shape.
struct TextRedaction: Sendable {
    let cipher: TokenCipher
    let phones: PhoneFakes
    let places: CoordinateFakes
    /// Where local numbers belong.
    let region: String
    /// Words that stay as they are, in letters of either case.
    var commonWords = RedactionRules().commonWords
    /// Words of names in the same delivery, which are the same in a text.
    var names: Set<String> = []
    /// Numbers in the same delivery, which a text may spell without their country code.
    var numbers = KnownNumbers()
    /// Whether only those of the same delivery are numbers, and all other digits are anything.
    var hasKnownNumbersAlone = false

    /// For a value that is an id: it may be somebody's number, and then that stands elsewhere in the delivery.
    var ofIDs: TextRedaction {
        var text = self
        text.hasKnownNumbersAlone = true
        return text
    }

    /// Takes over the words of a name, and a number that is all of a value. They are the same fakes in all texts of the delivery.
    mutating func learn(_ value: String, isName: Bool, isLocal: Bool, _ numbers: inout KnownNumbers.Found) {
        if let number = number(in: value, isLocal: isLocal) {
            if isLocal || Self.hasPlus(value) { numbers.certain.insert(number) } else { numbers.possible.insert(number) }
        }
        guard isName else { return }
        for word in value.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where word.count > 1 { names.insert(String(word)) }
    }

    /// The number that a whole value is, however adapters read one, nil where it is none. Digits are one only where a numbering plan has
    /// room for them.
    func number(in value: String, isLocal: Bool) -> PhoneNumber? {
        guard PhoneNumber.isOfLength(value) else { return nil }
        let digits = Self.digits(of: value)
        guard (5...17).contains(digits.count), PhoneNumber.isWritten(value) else { return nil }
        if hasKnownNumbersAlone { return digits.count < 7 ? nil : numbers.first(endingWith: digits) }
        if isLocal, let local = PhoneNumber(value, region: region) { return local }
        guard digits.count >= 7 else { return nil }
        // Somebody's whose number is there with its country code.
        let dialled = digits.drop { $0 == 0x30 }
        if !Self.hasPlus(value), dialled.count >= 7, let known = numbers.first(endingWith: dialled) { return known }
        guard isLocal || Coordinate(whole: value) == nil else { return nil }
        if digits.count <= 15, let number = PhoneNumber(possible: value) { return number }
        // `00` is how a plus is dialled.
        guard digits.count >= 11, digits.starts(with: [0x30, 0x30]) else { return nil }
        return PhoneNumber(possible: String(decoding: digits.dropFirst(2), as: UTF8.self))
    }

    private static func hasPlus(_ value: String) -> Bool { value.unicodeScalars.contains { $0 == "+" || $0 == "\u{FF0B}" } }

    /// Whether a value's digits are those of a number that stands elsewhere in the delivery, in full or without its country code.
    func isKnown(_ value: String) -> Bool {
        guard value.utf8.count <= PhoneNumber.longestText, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return value.utf8.count >= 7 && numbers.first(endingWith: Array(value.utf8)) != nil
    }

    private static func digits(of value: String) -> [UInt8] {
        value.unicodeScalars.compactMap { $0.decimalValue.map { UInt8(0x30 + $0) } }
    }

    /// A value's fake. `isName` makes its words the same wherever they stand. What names nobody still does, and nothing else becomes
    /// nobody's. What a known scheme addresses is what it is without the scheme.
    func fake(_ value: String, isName: Bool = false, isLocal: Bool = false) -> String {
        if let start = startOfNobody(value, isLocal: isLocal) {
            // Schemes alone are an address of nobody's.
            return replacement(of: String(value[..<start]), isName: isName, isLocal: false) + value[start...]
        }
        if !value.namesSomebody { return nobody(like: value) }
        if value.utf8.count <= Self.longestAddress, let colon = value.firstIndex(of: ":"),
            commonWords.contains(value[..<colon].lowercased())
        {
            let address = value[value.index(after: colon)...]
            return value[...colon] + fake(String(address), isName: isName, isLocal: isLocal)
        }
        let words = isUserID(value) ? ofIDs : self
        var result = words.replacement(of: value, isName: isName, isLocal: isLocal)
        // A permutation leads back to where it began, which is somebody's.
        var turns = 0
        while !result.namesSomebody, turns < Self.mostTurns {
            result = words.replacement(of: result, isName: isName, isLocal: isLocal)
            turns += 1
        }
        return result
    }

    /// What names nobody with something beside it, such as a host or a name, has a word for nobody in its place.
    private func nobody(like value: String) -> String {
        let scheme = value.firstIndex(of: ":").map { value[..<$0].lowercased() } ?? ""
        guard commonWords.contains(scheme) else { return "anonymous" }
        return "\(scheme):anonymous" + (value.contains("@") ? "@anonymous.invalid" : "")
    }

    private static let mostTurns = 1000
    /// Bytes. A longer text is none, whatever it begins with.
    private static let longestAddress = 256

    /// Where in a value something stands that names nobody to every adapter: a word for it, or its digits; nil where nothing does.
    func startOfNobody(_ value: String, isLocal: Bool) -> String.Index? {
        if !value.namesSomething { return value.startIndex }
        if let start = value.startOfNobody { return start }
        let start = value.lastIndex(of: ":").map { value.index(after: $0) } ?? value.startIndex
        let number = String(value[start...])
        return PhoneNumber.isWritten(number) && !ReceivedPhone(number, region: isLocal ? region : nil).isSomebodys ? start : nil
    }

    /// Whether a value is a person's id as WhatsApp makes them, `IN.7771234567` or `IN.ENT.7771234567`: its digits are no number wherever
    /// it stands ("Business-scoped user IDs", developers.facebook.com, read 2026-11).
    private func isUserID(_ value: String) -> Bool {
        let bytes = value.utf8
        guard (4...160).contains(bytes.count), bytes.dropFirst(2).first == UInt8(ascii: "."),
            bytes.prefix(2).allSatisfy({ (0x41...0x5A).contains($0) })
        else { return false }
        return value.dropFirst(value.dropFirst(3).hasPrefix("ENT.") ? 7 : 3).utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
    }

    private func replacement(of value: String, isName: Bool, isLocal: Bool) -> String {
        if let number = number(in: value, isLocal: isLocal) { return phones.write(number, in: value) }
        if Self.isNumeral(value) { return fake(numeral: value) }
        let context = isText(value) && !isName ? Array("text".utf8) + seed(of: value) : []
        var result = String.UnicodeScalarView()
        let all = Substring(value).unicodeScalars
        var rest = all
        // Up to here no number begins: a long row of digits and signs is looked through once.
        var searched = rest.startIndex
        while let first = rest.first {
            if first.decimalValue != nil, let place = coordinate(at: rest.startIndex, in: all) {
                result.append(contentsOf: places.write(place, in: all))
                rest = all[place.end...]
            } else if rest.startIndex >= searched, let run = numberRun(rest, searched: &searched) {
                result.append(contentsOf: NumberRunRedaction(self).fake(run).unicodeScalars)
                rest = rest[run.endIndex...]
            } else if isPart(first) {
                let token = beforeCoordinate(rest.prefix { isPart($0) }, in: all)
                result.append(contentsOf: fake(token: token, context: context))
                rest = rest[token.endIndex...]
            } else {
                let count = Self.isEscapedSign(rest) ? 3 : 1
                result.append(contentsOf: rest.prefix(count))
                rest = rest.dropFirst(count)
            }
        }
        return String(result)
    }

    /// What tells a text from all others; it goes into the fake of each of its words.
    private func seed(of value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        return bytes.count <= TokenCipher.longestSeed ? bytes : Digest.sha256(bytes)
    }

    private func fake(token: Substring.UnicodeScalarView, context: [UInt8]) -> String.UnicodeScalarView {
        let word = String(token)
        if commonWords.contains(word.lowercased()) { return word.unicodeScalars }
        if word.utf8.count >= 5, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return fake(numeral: word).unicodeScalars }
        let isEverywhere = names.contains(word) || token.filter { $0.decimalValue != nil }.count >= 5
        return cipher.fake(token, context: isEverywhere ? [] : context)
    }

    /// A text of several words, in which each word is replaced by its context too: otherwise one could count words to guess them.
    private func isText(_ value: String) -> Bool {
        value.unicodeScalars.split { !isPart($0) }.filter { $0.allSatisfy { $0.properties.isAlphabetic } }.count >= 3
    }

    /// Whether a character belongs to a word. Marks and joiners do, so that a word of any script stays whole.
    private func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if ScalarClass(scalar) != nil { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }

    /// A time's fake: what is beyond its milliseconds is read by nobody, and may be anything.
    func fake(time: String) -> String {
        guard let point = time.firstIndex(of: ".") else { return time }
        let rest = time[point...].dropFirst().prefix { $0.isASCII && $0.isNumber }.dropFirst(3)
        return time[..<rest.startIndex] + String(cipher.fake(rest.unicodeScalars)) + time[rest.endIndex...]
    }

    /// A word's fake where only its digits may be somebody's.
    func fake(digitsOf word: String) -> String {
        let isDigit = { (scalar: Unicode.Scalar) in scalar.decimalValue != nil }
        var digits = cipher.fake(word.unicodeScalars.filter(isDigit))[...]
        return String(String.UnicodeScalarView(word.unicodeScalars.map { isDigit($0) ? digits.popFirst() ?? $0 : $0 }))
    }

    /// Digits as people write numbers, at the beginning of `rest`: seven or more, with a plus before them and spaces, dashes, dots and
    /// parentheses between them. Where other signs are between fewer, all of them are taken for one number: somebody may have hidden it.
    /// Where there are none, `searched` is how far it was looked: none begins before.
    func numberRun(
        _ rest: Substring.UnicodeScalarView, searched: inout Substring.UnicodeScalarView.Index, isCut: Bool = true
    ) -> Substring.UnicodeScalarView? {
        guard let first = rest.first, first == "+" || first.decimalValue != nil else { return nil }
        var (digits, digitsOfPart) = (0, 0)
        var (end, startOfPart) = (rest.startIndex, rest.startIndex)
        searched = rest.endIndex
        for index in rest.indices {
            let scalar = rest[index]
            if scalar.decimalValue != nil {
                if isCut, end < index, index > rest.startIndex, coordinate(at: index, in: rest) != nil {
                    searched = index
                    break
                }
                if digitsOfPart == 0, digits > 0 { startOfPart = index }
                (digits, digitsOfPart) = (digits + 1, digitsOfPart + 1)
                end = rest.index(after: index)
                continue
            }
            if scalar == "+" && index == rest.startIndex || " -().".unicodeScalars.contains(scalar) { continue }
            searched = index
            // A word that goes on behind its digits is no number.
            if !scalar.mayDivideNumber, isPart(scalar), end == index { return nil }
            guard digitsOfPart < Self.fewestDigits, scalar.mayDivideNumber else { break }
            digitsOfPart = 0
            searched = rest.endIndex
        }
        if digitsOfPart >= Self.fewestDigits, startOfPart > rest.startIndex {
            searched = startOfPart
            return nil
        }
        return digits >= Self.fewestDigits ? rest[..<end] : nil
    }

    private static let fewestDigits = 7
}
