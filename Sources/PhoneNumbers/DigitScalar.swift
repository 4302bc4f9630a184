// What a digit is, and what may stand between two digits of one number, for whoever reads numbers, masks them, or makes fakes of them.
extension Unicode.Scalar {
    /// What a decimal digit of any script is worth; nil for another character.
    public var decimalValue: Int? {
        if isASCII { return (0x30...0x39).contains(value) ? Int(value) - 0x30 : nil }
        guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else { return nil }
        return Int(value)
    }

    /// The same of what people read as a digit besides, as one in a circle; a number is never read from those.
    var shownDigit: Int? {
        if isASCII { return decimalValue }
        guard [.decimal, .digit].contains(properties.numericType), let value = properties.numericValue else { return nil }
        return Int(value)
    }

    var isParenthesis: Bool { ["(", ")", "\u{FF08}", "\u{FF09}"].contains(self) }

    /// What people write between the digits of a number.
    var isSeparator: Bool {
        if isASCII { return self == " " || self == "-" || self == "." || self == "(" || self == ")" || (0x09...0x0D).contains(value) }
        return isParenthesis || properties.isWhitespace || properties.generalCategory == .dashPunctuation
            || ["\u{FF0E}", "\u{2212}"].contains(self)
    }

    /// A sign of ASCII: somebody who hides a number may put any between its digits.
    var isSign: Bool { isASCII && (0x21...0x7E).contains(value) && !properties.isAlphabetic && decimalValue == nil }

    /// Whether somebody may have put it between the digits of one number so that they are one to whoever reads them: what people write
    /// there, any other sign of ASCII, and what cannot be seen, zeros of another encoding included. Before a number's plus another begins.
    public var mayDivideNumber: Bool { isSeparator || isSign && self != "+" || isInvisible || isMark || isASCII && value < 0x20 }

    /// Marks of direction and characters without width: they mean nothing, wherever they are.
    var isInvisible: Bool { !isASCII && properties.generalCategory == .format }

    /// What is drawn upon the character before it, or chooses how that is drawn.
    var isMark: Bool { !isASCII && [.nonspacingMark, .enclosingMark].contains(properties.generalCategory) }
}
