import PhoneNumbers

/// A number in every form that its plan knows, to tell whether another is the same: Brazil's ninth digit, Mexico's 1.
///
/// Each webhook makes one for its line, and asks it of each person: nothing is copied for a number that is written as digits alone.
struct NumberForms {
    /// Digits alone, as the number was given; empty for none.
    private let digits: String
    /// Digits alone in its other forms; most numbers have none.
    private let others: [String]

    /// A full international number as it may be shown, with a plus and spaces; nil is the same as no other.
    init(_ number: String?) {
        let digits = number?.digits ?? ""
        self.digits = digits
        others = digits.isEmpty ? [] : PhoneNumber(stored: "+" + digits).variants.dropFirst().map { String($0.e164.dropFirst()) }
    }

    func contains(_ number: String) -> Bool {
        !digits.isEmpty && (number.hasDigits(of: digits) || others.contains { number.hasDigits(of: $0) })
    }
}

extension String {
    /// Without the plus and the spaces with which a number may be shown.
    fileprivate var digits: String {
        utf8.allSatisfy(String.isDigit) ? self : String(decoding: utf8.filter(String.isDigit), as: UTF8.self)
    }

    /// Whether its digits are those of another text, which has nothing else.
    fileprivate func hasDigits(of plain: String) -> Bool { utf8.lazy.filter(String.isDigit).elementsEqual(plain.utf8) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether it is a number rather than a user id or a group's: digits, with a plus before them or without.
    var isNumber: Bool { utf8.drop { $0 == 0x2B }.allSatisfy(String.isDigit) }
}
