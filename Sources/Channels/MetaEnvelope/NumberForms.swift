import PhoneNumbers

/// A number in every form of its numbering plan, such as Brazil's ninth digit or Mexico's 1, to decide whether another number is the same.
///
/// Each webhook creates one for its line and compares each person with it, so numbers written as digits only are not copied.
struct NumberForms {
    /// The digits of the number as given; empty without a number.
    private let digits: String
    /// The digits of its other forms; most numbers have none.
    private let others: [String]

    /// Takes an international number, with or without plus and spaces; nil equals no number.
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
    /// The digits, without the plus and spaces of a number's spelling.
    fileprivate var digits: String {
        utf8.allSatisfy(String.isDigit) ? self : String(decoding: utf8.filter(String.isDigit), as: UTF8.self)
    }

    /// Whether the digits are those of `plain`, which contains only digits.
    fileprivate func hasDigits(of plain: String) -> Bool { utf8.lazy.filter(String.isDigit).elementsEqual(plain.utf8) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Whether it is a number rather than the id of a user or group: digits, with or without a plus.
    var isNumber: Bool { utf8.drop { $0 == 0x2B }.allSatisfy(String.isDigit) }
}
