import PhoneNumbers

/// A number in every form that its plan knows, to tell whether another is the same: Brazil's ninth digit, Mexico's 1.
struct NumberForms {
    /// Digits alone.
    private let forms: [[UInt8]]

    /// A full international number as it may be shown, with a plus and spaces; nil is the same as no other.
    init(_ number: String?) {
        let digits = number?.digits ?? []
        guard !digits.isEmpty else {
            forms = []
            return
        }
        forms = PhoneNumber(stored: "+" + String(decoding: digits, as: UTF8.self)).variants.map(\.e164.digits)
    }

    func contains(_ number: String) -> Bool { !forms.isEmpty && forms.contains(number.digits) }
}

extension String {
    /// Without the plus and the spaces with which a number may be shown.
    fileprivate var digits: [UInt8] { utf8.filter { (0x30...0x39).contains($0) } }

    /// Whether it is a number rather than a user id or a group's: digits, with a plus before them or without.
    var isNumber: Bool { utf8.drop { $0 == 0x2B }.allSatisfy { (0x30...0x39).contains($0) } }
}
