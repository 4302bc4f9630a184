// Which characters are digits, and which may be between the digits of one number. Readers, masks and fakes of numbers share these rules.
extension Unicode.Scalar {
    /// The value of a decimal digit of any script; nil for any other character.
    public var decimalValue: Int? {
        if isASCII { return (0x30...0x39).contains(value) ? Int(value) - 0x30 : nil }
        guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else { return nil }
        return Int(value)
    }

    /// The value of any character that people read as a digit, such as one in a circle; numbers are not parsed from these.
    var shownDigit: Int? {
        if isASCII { return decimalValue }
        guard [.decimal, .digit].contains(properties.numericType), let value = properties.numericValue else { return nil }
        return Int(value)
    }

    var isParenthesis: Bool { ["(", ")", "\u{FF08}", "\u{FF09}"].contains(self) }

    /// Whether people write it between the digits of a number.
    var isSeparator: Bool {
        if isASCII { return self == " " || self == "-" || self == "." || self == "(" || self == ")" || (0x09...0x0D).contains(value) }
        return isParenthesis || properties.isWhitespace || properties.generalCategory == .dashPunctuation
            || ["\u{FF0E}", "\u{2212}"].contains(self)
    }

    /// Whether it is an ASCII sign; somebody who hides a number may put any sign between its digits.
    var isSign: Bool { isASCII && (0x21...0x7E).contains(value) && !properties.isAlphabetic && decimalValue == nil }

    /// Whether it can be within a number that people still read as one: a usual separator, any other ASCII sign except a plus, which begins
    /// another number, or an invisible character, including zeros of another encoding.
    public var mayDivideNumber: Bool { isSeparator || isSign && self != "+" || isInvisible || isMark || isASCII && value < 0x20 }

    /// Whether it is a direction mark or a character without width, which have no meaning anywhere.
    var isInvisible: Bool { !isASCII && properties.generalCategory == .format }

    /// Whether it is drawn upon the preceding character, or selects its form.
    var isMark: Bool { !isASCII && [.nonspacingMark, .enclosingMark].contains(properties.generalCategory) }
}
