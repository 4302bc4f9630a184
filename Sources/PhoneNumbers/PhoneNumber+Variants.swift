extension PhoneNumber {
    /// Every number that its numbering plan treats as this same line, this one first; each of them has the same variants. Three plans
    /// are known for two forms in use side by side: Brazil's ninth digit of mobiles, Mexico's 1 and Argentina's 9 after the country code.
    public var variants: [PhoneNumber] {
        var digits: [UInt8] { Array(e164.utf8.dropFirst()) }
        let other: [UInt8]? =
            switch e164.prefix(3) {
            case "+55": brazilian(digits)
            case "+52": inserted(digits, digit: 0x31, at: 2, shortLength: 12)
            case "+54": inserted(digits, digit: 0x39, at: 2, shortLength: 12)
            default: nil
            }
        guard let other else { return [self] }
        return [self, PhoneNumber(stored: "+" + String(decoding: other, as: UTF8.self))]
    }

    /// A number that was read before and kept as E.164; it is not checked again.
    public init(stored e164: String) { self.e164 = e164 }

    /// +55 AA 9XXXXXXXX and +55 AA XXXXXXXX, where the eight digits begin with 6–9: mobiles that are older than the ninth digit. Others are
    /// landlines (2–5) or mobiles that never had another form.
    private func brazilian(_ digits: [UInt8]) -> [UInt8]? {
        guard digits.count >= 12, (0x36...0x39).contains(digits[digits.count - 8]) else { return nil }
        return inserted(digits, digit: 0x39, at: 4, shortLength: 12)
    }

    /// With the digit where it is missing, without it where it is there.
    private func inserted(_ digits: [UInt8], digit: UInt8, at index: Int, shortLength: Int) -> [UInt8]? {
        var changed = digits
        if digits.count == shortLength {
            changed.insert(digit, at: index)
        } else if digits.count == shortLength + 1, digits[index] == digit {
            changed.remove(at: index)
        } else {
            return nil
        }
        return changed
    }
}
