/// The digits of a text that is spelled like a phone number, without the characters between and around them.
struct PhoneText {
    /// ASCII digits, at least one.
    let digits: String
    /// Whether the digits begin with a country code: after a plus, or in a WhatsApp address.
    let isInternational: Bool
    /// Whether the text has only digits, with or without a leading plus.
    let isPlain: Bool

    /// Parses digits of any script with a plus, white space, dashes, dots and parentheses, and with `tel:`, `whatsapp:` or `@c.us`. Ignores
    /// direction marks and characters without width. Throws for anything else.
    init(_ given: String) throws(PhoneNumberError) {
        guard PhoneNumber.isOfLength(given) else { throw .tooLong }
        // The scheme is kept, so that a second one after it is refused.
        let text = PhoneNumber.subscriber(ofURI: given).map { "tel:" + $0 } ?? given
        // The usual spelling, which needs no look-up in Unicode's tables.
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

    /// Removes scheme, host and surrounding white space; returns whether this form always includes the country code.
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

/// The part of a text that has been read so far, character by character.
private struct Reading {
    var digits = ""
    var hasPlus = false
    /// The characters between the digits.
    var separators: [Unicode.Scalar] = []
    private var digitsAfterSeparator = 0

    /// Whether it is a decimal fraction, `9876543210.0`, as spreadsheets write it. A dot may also separate groups of digits.
    var hasFraction: Bool { separators == ["."] && digitsAfterSeparator <= 2 }

    mutating func take(_ scalar: Unicode.Scalar) throws(PhoneNumberError) {
        if let value = scalar.decimalValue {
            digits.append(String(value))
            digitsAfterSeparator += 1
        } else if scalar == "+" || scalar == "\u{FF0B}" {
            guard digits.isEmpty, !hasPlus else { throw .unexpected(scalar) }
            hasPlus = true
        } else {
            // Only a parenthesis may precede a number; a dash might make it negative.
            guard scalar.isSeparator, !digits.isEmpty || hasPlus || scalar.isParenthesis else { throw .unexpected(scalar) }
            separators.append(scalar)
            digitsAfterSeparator = 0
        }
    }
}
