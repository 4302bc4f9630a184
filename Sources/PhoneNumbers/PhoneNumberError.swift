/// Why a text is not an unambiguous phone number. It never contains the number.
public struct PhoneNumberError: Error, Sendable, Equatable {
    /// Follows the field's name: `has no digits`.
    public let reason: String

    /// The error for a JSON value that is neither text nor a number as people write it: `9876543210.0`, `true`.
    public static let otherValue = PhoneNumberError(reason: "must be a string, or a whole number written without fraction and exponent")

    static let tooLong = PhoneNumberError(reason: "is longer than \(PhoneNumber.longestText) characters")
    static let noDigits = PhoneNumberError(reason: "has no digits")
    static let fraction = PhoneNumberError(
        reason: "has a decimal fraction: a phone number is a string, or a whole number without fraction and exponent")
    static let unknownInternational = PhoneNumberError(reason: "is not a valid phone number of its country")

    static func unexpected(_ scalar: Unicode.Scalar) -> PhoneNumberError {
        let shown = scalar.isShown ? "“\(scalar)”" : "U+" + hexadecimal(scalar)
        let kind = scalar.properties.isAlphabetic ? "the letter" : "the character"
        return PhoneNumberError(reason: "contains \(kind) \(shown), which is not part of a phone number")
    }

    static func unknown(in region: String) -> PhoneNumberError {
        PhoneNumberError(
            reason: "is not a valid phone number in \(region): write a number of another country with a plus and its country code")
    }

    static func ambiguous(in region: String) -> PhoneNumberError {
        PhoneNumberError(
            reason: "may be a number in \(region), or one in another country without its plus: write it with a plus and the country code")
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension Unicode.Scalar {
    /// Whether an answer or a log may show the character itself.
    fileprivate var isShown: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator,
            .nonspacingMark, .spacingMark, .enclosingMark:
            false
        default: true
        }
    }
}
