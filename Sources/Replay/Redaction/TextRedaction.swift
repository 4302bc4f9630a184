import Messaging
import PhoneNumbers
import Signing

/// Redacts texts: phones become other phones, words become words of the same shape.
struct TextRedaction: Sendable {
    let cipher: TokenCipher
    let phones: PhoneFakes
    let places: CoordinateFakes
    /// The region of local numbers.
    let region: String
    /// Words that are never replaced, whatever their case.
    var commonWords = RedactionRules().commonWords
    /// Words of names in the same delivery, which get the same fake in texts.
    var names: Set<String> = []
    /// Numbers in the same delivery, which texts may contain without their country code.
    var numbers = KnownNumbers()
    /// Whether a value is an id: only the delivery's known numbers count as numbers, and everything else is permuted, so that two ids never
    /// become one.
    var isOfIDs = false

    /// The redaction for a value that is an id: if it is somebody's number, that number occurs elsewhere in the delivery.
    var ofIDs: TextRedaction {
        var text = self
        text.isOfIDs = true
        return text
    }

    /// Stores the words of a name, and a number that is the whole value, so that they get the same fakes in all texts of the delivery.
    mutating func learn(_ value: String, isName: Bool, isLocal: Bool, _ numbers: inout KnownNumbers.Found) {
        if let number = number(in: value, isLocal: isLocal) {
            if isLocal || Self.hasPlus(value) { numbers.certain.insert(number) } else { numbers.possible.insert(number) }
        }
        guard isName else { return }
        for word in value.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where word.count > 1 { names.insert(String(word)) }
    }

    /// The number that a whole value is, in any form that adapters read; nil if it is none. Digits count as a number only if a numbering
    /// plan allows them.
    func number(in value: String, isLocal: Bool) -> PhoneNumber? {
        guard PhoneNumber.isOfLength(value) else { return nil }
        let digits = Self.digits(of: value)
        guard (5...17).contains(digits.count), PhoneNumber.isWritten(value) else { return nil }
        if isOfIDs { return digits.count < 7 ? nil : numbers.first(endingWith: digits) }
        if isLocal, let local = PhoneNumber(value, region: region) { return local }
        guard digits.count >= 7 else { return nil }
        // The number of a person, whose country code occurs elsewhere in the delivery.
        let dialled = digits.drop { $0 == 0x30 }
        if !Self.hasPlus(value), dialled.count >= 7, let known = numbers.first(endingWith: dialled) { return known }
        guard isLocal || Coordinate(whole: value) == nil else { return nil }
        if digits.count <= 15, let number = PhoneNumber(possible: value) { return number }
        // `00` is the dialled form of a plus.
        guard digits.count >= 11, digits.starts(with: [0x30, 0x30]) else { return nil }
        return PhoneNumber(possible: String(decoding: digits.dropFirst(2), as: UTF8.self))
    }

    private static func hasPlus(_ value: String) -> Bool { value.unicodeScalars.contains { $0 == "+" || $0 == "\u{FF0B}" } }

    /// Whether a value's digits are those of a number that occurs elsewhere in the delivery, with or without its country code.
    func isKnown(_ value: String) -> Bool {
        guard value.utf8.count <= PhoneNumber.longestText, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return value.utf8.count >= 7 && numbers.first(endingWith: Array(value.utf8)) != nil
    }

    private static func digits(of value: String) -> [UInt8] {
        value.unicodeScalars.compactMap { $0.decimalValue.map { UInt8(0x30 + $0) } }
    }

    /// The fake of a value. With `isName`, the value is a person's name, and each of its words gets the same fake wherever it occurs. A
    /// placeholder for nobody (`anonymous`) is replaced by another placeholder or kept; any other value never becomes a placeholder. An
    /// address after a known scheme (`whatsapp:…`) gets the same fake as without the scheme.
    func fake(_ value: String, isName: Bool = false, isLocal: Bool = false) -> String {
        if let start = startOfNobody(value, isLocal: isLocal) {
            // Of the text before a placeholder, schemes such as `sip:` are kept, and everything else is replaced.
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
        // Repeated permutation returns to the original, which names somebody.
        var turns = 0
        while !result.namesSomebody, turns < Self.mostTurns {
            result = words.replacement(of: result, isName: isName, isLocal: isLocal)
            turns += 1
        }
        return result
    }

    /// The fake of a placeholder with something beside it, such as a host or a name: `anonymous` in its place.
    private func nobody(like value: String) -> String {
        let scheme = value.firstIndex(of: ":").map { value[..<$0].lowercased() } ?? ""
        guard commonWords.contains(scheme) else { return "anonymous" }
        return "\(scheme):anonymous" + (value.contains("@") ? "@anonymous.invalid" : "")
    }

    private static let mostTurns = 1000
    /// In bytes. A longer text is not an address, whatever it begins with.
    private static let longestAddress = 256

    /// The index at which a word or number for nobody begins that every adapter knows; nil if there is none.
    func startOfNobody(_ value: String, isLocal: Bool) -> String.Index? {
        if !value.namesSomething { return value.startIndex }
        if let start = value.startOfNobody { return start }
        let start = value.lastIndex(of: ":").map { value.index(after: $0) } ?? value.startIndex
        let number = String(value[start...])
        return PhoneNumber.isWritten(number) && !ReceivedPhone(number, region: isLocal ? region : nil).isSomebodys ? start : nil
    }

    /// Whether a value is a WhatsApp user id, `IN.7771234567` or `IN.ENT.7771234567`, whose digits are never a number ("Business-scoped
    /// user IDs", developers.facebook.com, read 2026-11).
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
        let context = isText(value) && !isName && !isOfIDs ? Array("text".utf8) + seed(of: value) : []
        var result = String.UnicodeScalarView()
        let all = Substring(value).unicodeScalars
        var rest = all
        // No number begins before this index, so that a long run of digits and signs is searched once.
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

    /// Identifies a text; it is part of the seed of each of its words' fakes.
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

    /// Whether a value has several words. Their fakes also depend on the text: otherwise words could be guessed by counting them.
    private func isText(_ value: String) -> Bool {
        value.unicodeScalars.split { !isPart($0) }.filter { $0.allSatisfy { $0.properties.isAlphabetic } }.count >= 3
    }

    /// Whether a character belongs to a word. Marks and joiners do, so that words of any script stay whole.
    private func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if ScalarClass(scalar) != nil { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }

    /// The fake of a time: digits after the milliseconds are replaced, since they may be anything.
    func fake(time: String) -> String {
        guard let point = time.firstIndex(of: ".") else { return time }
        let rest = time[point...].dropFirst().prefix { $0.isASCII && $0.isNumber }.dropFirst(3)
        return time[..<rest.startIndex] + String(cipher.fake(rest.unicodeScalars)) + time[rest.endIndex...]
    }

    /// The fake of a word in which only digits may be somebody's.
    func fake(digitsOf word: String) -> String {
        let isDigit = { (scalar: Unicode.Scalar) in scalar.decimalValue != nil }
        var digits = cipher.fake(word.unicodeScalars.filter(isDigit))[...]
        return String(String.UnicodeScalarView(word.unicodeScalars.map { isDigit($0) ? digits.popFirst() ?? $0 : $0 }))
    }

    /// The number at the beginning of `rest`, as people write it: seven or more digits, optionally with a plus, and with spaces, dashes,
    /// dots and parentheses between them. Groups of fewer digits between other signs count as one number, since somebody may have hidden
    /// it. If there is none, `searched` is the index before which no number begins.
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
            // Digits that continue as a word are not a number.
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
