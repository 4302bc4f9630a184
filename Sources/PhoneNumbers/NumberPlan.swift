/// A part of a numbering plan in which a line has several numbers in use: the shortest form, and forms with inserted digits.
///
/// Every form leads to the same contact and is stored as received. A form that libphonenumber does not know counts as known if it knows
/// another form; Debian's version is from 2022.
struct NumberPlan: Sendable {
    let countryCode: [UInt8]
    /// The length of the shortest form in digits, without the country code.
    let length: Int
    /// How the shortest form begins; no beginning fits another row of the same country.
    let beginnings: [DigitPattern]
    /// The position of the inserted digits, counted after the country code.
    let position: Int
    /// The inserted digits of each longer form.
    let insertions: [[UInt8]]

    /// A row: the country code, the length of the shortest form, its beginnings, and the digits that longer forms have at a position.
    init(_ countryCode: String, length: Int, _ beginnings: [DigitPattern], at position: Int = 0, insert insertions: String...) {
        self.countryCode = Array(countryCode.utf8)
        self.length = length
        self.beginnings = beginnings
        self.position = position
        self.insertions = insertions.map { Array($0.utf8) }
    }

    /// All forms of a number, the shortest first; nil if this plan does not cover it. `digits` are ASCII and begin with the country code.
    func forms(of digits: [UInt8]) -> [[UInt8]]? {
        guard digits.starts(with: countryCode), let shortest = shortest(Array(digits[countryCode.count...])),
            beginnings.contains(where: { $0.matches(shortest) })
        else { return nil }
        return ([[]] + insertions).map { insertion in
            countryCode + shortest[..<position] + insertion + shortest[position...]
        }
    }

    /// The plans that may cover a number in E.164, selected by its first two digits, in order; none for most numbers.
    static func plans(forNumber e164: String) -> [NumberPlan] {
        var digits = e164.utf8.dropFirst().makeIterator()
        guard let first = digits.next(), let second = digits.next(), (0x30...0x39).contains(first), (0x30...0x39).contains(second) else {
            return []
        }
        return byFirstDigits[Int(first - 0x30) * 10 + Int(second - 0x30)]
    }

    /// The plans for each pair of first digits; a plan whose country code has one digit is listed under ten pairs.
    private static let byFirstDigits: [[NumberPlan]] = (0..<100).map { pair in
        let digits = [UInt8(0x30 + pair / 10), UInt8(0x30 + pair % 10)]
        return all.filter { digits.starts(with: $0.countryCode.prefix(2)) }
    }

    /// The shortest form of a number without its country code; nil if the number has no form of this plan.
    private func shortest(_ national: [UInt8]) -> [UInt8]? {
        if national.count == length { return national }
        for insertion in insertions
        where national.count == length + insertion.count && national[position...].starts(with: insertion) {
            return Array(national[..<position] + national[(position + insertion.count)...])
        }
        return nil
    }
}

/// The first digits of a number: `.` is any digit, `[6-9]` one of these, `[^4]` any except this one.
struct DigitPattern: Sendable, ExpressibleByStringLiteral {
    /// For each position, one bit per digit that may be there.
    private let digitSets: [UInt16]

    private static let any: UInt16 = 0x3FF

    init(stringLiteral text: String) {
        var digitSets: [UInt16] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."): digitSets.append(Self.any)
            case UInt8(ascii: "["):
                digitSets.append(Self.set(rest.prefix { $0 != UInt8(ascii: "]") }))
                rest = rest.drop { $0 != UInt8(ascii: "]") }.dropFirst()
            default: digitSets.append(Self.bit(byte))
            }
        }
        self.digitSets = digitSets
    }

    func matches(_ digits: [UInt8]) -> Bool {
        digits.count >= digitSets.count && zip(digits, digitSets).allSatisfy { Self.bit($0) & $1 != 0 }
    }

    /// The set of digits between brackets.
    private static func set(_ text: ArraySlice<UInt8>) -> UInt16 {
        let isNegated = text.first == UInt8(ascii: "^")
        var set: UInt16 = 0
        var rest = isNegated ? text.dropFirst() : text
        while let first = rest.popFirst() {
            var last = first
            if rest.first == UInt8(ascii: "-"), let end = rest.dropFirst().first {
                last = end
                rest = rest.dropFirst(2)
            }
            for digit in min(first, last)...last { set |= bit(digit) }
        }
        return isNegated ? any & ~set : set
    }

    /// The bit of a digit; 0 for any other character.
    private static func bit(_ byte: UInt8) -> UInt16 { (0x30...0x39).contains(byte) ? 1 << UInt16(byte - 0x30) : 0 }
}
