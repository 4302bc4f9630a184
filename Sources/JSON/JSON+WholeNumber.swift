extension JSON {
    /// The digits of a whole number in any notation, with its sign: `103` for 103, 103.0 and 1.03e2. `member` is a member of the object
    /// that was parsed from `bytes`, which are read again, since parsing may drop a tiny fraction.
    ///
    /// Nil for anything else, for a fraction, and for a number with fraction or exponent whose digits exceed the precision of a double.
    public func wholeText(of member: StaticString, in bytes: [UInt8]) -> String? {
        let value = self[member]
        if let digits = value.integerText { return digits }
        guard value.kind == .number, let whole = value.int, whole.magnitude < 1 << 53, let literal = JSON.literal(of: member, in: bytes),
            JSON.isWhole(literal)
        else { return nil }
        return String(whole)
    }

    /// Whether a number's literal has no fraction: `1.03e2`, but not `1.03e1` or `103.00000000000000000001`.
    static func isWhole(_ literal: String) -> Bool {
        let parts = literal.split(maxSplits: 1) { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first, let exponent = parts.count == 1 ? 0 : Int(parts[1]) else { return false }
        let point = mantissa.utf8.firstIndex(of: UInt8(ascii: ".")) ?? mantissa.utf8.endIndex
        var places = max(0, mantissa.utf8[point...].count - 1)
        for byte in mantissa.utf8.reversed() where byte != UInt8(ascii: ".") {
            guard byte == UInt8(ascii: "0") else { return byte == UInt8(ascii: "-") || places <= exponent }
            places -= 1
        }
        return true
    }
}
