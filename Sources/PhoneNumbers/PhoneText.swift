/// The digits of a text that is written as a phone number, without what stands between and around them.
struct PhoneText {
    /// ASCII digits, at least one.
    let digits: String
    /// Whether the digits begin with a country code: after a plus, or in an address of WhatsApp's.
    let isInternational: Bool
    /// Whether there is nothing but the digits, and perhaps a plus before them.
    let isPlain: Bool

    /// Reads digits of any script with a plus, white space, dashes, dots and parentheses; `tel:`, `whatsapp:` and `@c.us` around them.
    /// Marks of direction and characters without width mean nothing, wherever they are. Throws where there is anything else.
    init(_ given: String) throws(PhoneNumberError) {
        guard PhoneNumber.isOfLength(given) else { throw .tooLong }
        // Its scheme stays: another one behind it is none.
        let text = PhoneNumber.subscriber(ofURI: given).map { "tel:" + $0 } ?? given
        // As nearly all are sent: it needs no look into Unicode's tables.
        let plain = text.hasPrefix("+") ? text.dropFirst() : text[...]
        if !plain.isEmpty, plain.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            (digits, isInternational, isPlain) = (String(plain), text.hasPrefix("+"), true)
            return
        }
        var scalars = Array(text.unicodeScalars.filter { !$0.isInvisible })[...]
        let isAddress = PhoneText.removeForm(from: &scalars)
        var reading = Reading()
        for scalar in scalars { try reading.take(scalar) }
        guard !reading.digits.isEmpty else { throw .noDigits }
        guard !reading.hasFraction else { throw .fraction }
        (digits, isInternational, isPlain) = (reading.digits, reading.hasPlus || isAddress, reading.separators.isEmpty)
    }

    private typealias Scalars = ArraySlice<Unicode.Scalar>

    /// Takes away what says where a number is from, and the white space around; returns whether the number always has its country code.
    private static func removeForm(from scalars: inout Scalars) -> Bool {
        trim(&scalars)
        for scheme in ["tel:", "whatsapp:"] where scalars.prefix(scheme.count).elementsEqual(scheme.unicodeScalars, by: isSameLetter) {
            scalars = scalars.dropFirst(scheme.count)
            break
        }
        for host in ["@c.us", "@s.whatsapp.net"] where scalars.suffix(host.count).elementsEqual(host.unicodeScalars, by: isSameLetter) {
            scalars = scalars.dropLast(host.count)
            trim(&scalars)
            return true
        }
        trim(&scalars)
        return false
    }

    private static func isSameLetter(_ given: Unicode.Scalar, _ lowerCase: Unicode.Scalar) -> Bool {
        given == lowerCase || given.isASCII && given.properties.lowercaseMapping == String(lowerCase)
    }

    private static func trim(_ scalars: inout Scalars) {
        scalars = scalars.drop { $0.properties.isWhitespace }
        while scalars.last?.properties.isWhitespace ?? false { scalars.removeLast() }
    }
}

/// What was read so far of a text, a character after the other.
private struct Reading {
    var digits = ""
    var hasPlus = false
    /// What stood between the digits.
    var separators: [Unicode.Scalar] = []
    private var digitsAfterSeparator = 0

    /// `9876543210.0`, as a table of numbers writes it. People write dots between groups of digits.
    var hasFraction: Bool { separators == ["."] && digitsAfterSeparator <= 2 }

    mutating func take(_ scalar: Unicode.Scalar) throws(PhoneNumberError) {
        if let value = scalar.decimalValue {
            digits.append(String(value))
            digitsAfterSeparator += 1
        } else if scalar == "+" || scalar == "\u{FF0B}" {
            guard digits.isEmpty, !hasPlus else { throw .unexpected(scalar) }
            hasPlus = true
        } else {
            // Nothing but a parenthesis comes before a number: a dash may make it negative.
            guard scalar.isSeparator, !digits.isEmpty || hasPlus || scalar.isParenthesis else { throw .unexpected(scalar) }
            separators.append(scalar)
            digitsAfterSeparator = 0
        }
    }
}
