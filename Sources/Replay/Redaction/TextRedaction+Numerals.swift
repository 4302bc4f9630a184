import PhoneNumbers

// Digits that are not a phone number: a JSON number and the same digits in a text get the same fake, and so do coordinates.
extension TextRedaction {
    private typealias Scalars = Substring.UnicodeScalarView

    /// Whether a value has the form of a JSON number, possibly with leading zeros.
    static func isNumeral(_ value: String) -> Bool {
        var rest = value.utf8[...]
        guard rest.count <= longestNumeral else { return false }
        func digits() -> Bool {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count > 0
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard digits() else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() else { return false }
        }
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() else { return false }
        }
        return rest.isEmpty
    }

    private static let longestNumeral = 64

    /// The fake of a number; sign, leading zeros and exponent stay, so that it is still a number.
    func fake(numeral: String) -> String {
        if let place = place(numeral, decimals: nil) { return place }
        // `919876543210.0`, a phone exported from a spreadsheet or table.
        if numeral.hasSuffix(".0"), let phone = number(in: String(numeral.dropLast(2)), isLocal: false) {
            return phones.write(phone, in: String(numeral.dropLast(2))) + ".0"
        }
        let mantissa = numeral.prefix { $0 != "e" && $0 != "E" }
        guard let first = mantissa.firstIndex(where: { ("1"..."9").contains($0) }) else { return numeral }
        return numeral[..<first] + fake(digits: mantissa[first...]) + numeral[mantissa.endIndex...]
    }

    /// The fake of a coordinate's value. If it is not degrees, it is redacted as an id, so that no digits stay as the beginning of a phone.
    func fake(coordinate value: String) -> String {
        if startOfNobody(value, isLocal: false) != nil { return value }
        if let place = place(value, decimals: 0) { return place }
        return Self.isNumeral(value) ? ofIDs.fake(numeral: value) : ofIDs.fake(value)
    }

    /// The fake of a text that consists of degrees with at least this many decimals.
    private func place(_ text: String, decimals: Int?) -> String? {
        guard !isOfIDs, let place = decimals.map({ Coordinate(whole: text, decimals: $0) }) ?? Coordinate(whole: text) else { return nil }
        let scalars = Substring(text).unicodeScalars
        guard let start = place.degrees.first?.range.lowerBound else { return nil }
        return String(String.UnicodeScalarView(scalars[..<start])) + String(places.write(place, in: scalars))
    }

    /// A number must not begin with a zero, nor become too large to be read: a long one keeps its first digit.
    private func fake(digits: Substring) -> String {
        guard digits.utf8.count <= 15 else { return String(digits.prefix(1)) + String(cipher.fake(digits.dropFirst().unicodeScalars)) }
        var fake = cipher.fake(digits.unicodeScalars)
        // Repeated permutation returns to the original, which does not begin with a zero.
        while fake.first == "0" { fake = cipher.fake(fake) }
        return String(fake)
    }

    /// The coordinate that begins at an index, unless its digits are those of a number that occurs elsewhere in the delivery.
    func coordinate(at index: Substring.UnicodeScalarView.Index, in text: Substring.UnicodeScalarView) -> Coordinate? {
        guard !isOfIDs, let found = Coordinate(at: index, in: text) else { return nil }
        var searched = index
        guard let run = numberRun(text[index...].prefix(Self.longestNumber), searched: &searched, isCut: false) else { return found }
        return NumberRunRedaction(self).beginsWithKnown(run) ? nil : found
    }

    /// The number of characters in which a number is searched.
    private static let longestNumber = 40

    /// A word without its last digits if a coordinate begins with them: `N18.5167264`.
    func beforeCoordinate(_ word: Substring.UnicodeScalarView, in text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        let digits = word.reversed().prefix { $0.decimalValue != nil }.count
        guard (1...3).contains(digits), digits < word.count else { return word }
        let start = word.index(word.endIndex, offsetBy: -digits)
        return coordinate(at: start, in: text) == nil ? word : word[..<start]
    }

    /// Whether an escaped character of a link begins here, such as `%2B`. Escaped letters and digits do not count.
    static func isEscapedSign(_ rest: Substring.UnicodeScalarView) -> Bool {
        guard rest.first == "%" else { return false }
        let digits = String(Substring(rest.dropFirst().prefix(2)))
        guard digits.utf8.count == 2, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let byte = UInt8(digits, radix: 16)
        else { return false }
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return false
        default: return (0x20...0x7E).contains(byte)
        }
    }
}
