import CPhoneNumber

/// A phone number in E.164: a plus, the country code and the subscriber's number, digits only. Parsing it again gives the same number.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// "+919876543210".
    public let e164: String

    /// Parses a number as people write it, in digits of any script, with or without `tel:`, `whatsapp:` or `@c.us`. Without a country code
    /// it is a number of `region` (ISO 3166-1 alpha-2, upper case, "IN").
    ///
    /// Throws for a text of more than `longestText` characters, one that contains anything but digits and their usual separators, and a
    /// number that its country cannot have, since it might lead to another person. Without a plus, the number's country must have assigned
    /// its range: `14155552671` is not a number of India, so it is one of the United States. If both are possible, it is the number of
    /// `region` if written as usual there, else the international one if of the same country; otherwise it throws.
    public init(reading text: String, region: String) throws(PhoneNumberError) {
        let text = try PhoneText(text)
        if text.isInternational {
            guard let found = Found("+" + text.digits, region: PhoneNumber.noRegion), found.canBe else { throw .unknownInternational }
            self = found.number
            return
        }
        let national = Found(text.digits, region: region)?.assignedNumber
        let international = Found("+" + text.digits, region: PhoneNumber.noRegion)?.assignedNumber
        switch (national, international) {
        case (nil, nil): throw .unknown(in: region)
        case (let number?, nil), (nil, let number?): self = number
        case (let national?, let international?):
            if national == international || PhoneNumber.isAsWritten(text.digits, in: region) {
                self = national
            } else if national.isSameCountry(as: international, with: text.digits) {
                self = international
            } else {
                throw .ambiguous(in: region)
            }
        }
        guard isReadAsItself else { throw .unknown(in: region) }
    }

    /// Like `init(reading:region:)`, but nil if it would throw.
    public init?(_ text: String, region: String) {
        do { try self.init(reading: text, region: region) } catch { return nil }
    }

    /// Parses an international number with or without plus ("919876543210"), as WhatsApp and others send it. If no numbering plan knows it,
    /// 5 to 15 digits are accepted, since providers know new numbers before the plans do.
    public init?(international text: String) {
        guard let text = try? PhoneText(text) else { return nil }
        let plain = "+" + text.digits
        if let found = Found(plain, region: PhoneNumber.noRegion), found.canBe {
            self = found.number
        } else if (5...15).contains(text.digits.utf8.count), text.isPlain {
            e164 = plain
        } else {
            return nil
        }
    }

    /// Parses an international number with or without plus, as people write it. Nil if no numbering plan allows it.
    public init?(possible text: String) {
        guard let text = try? PhoneText(text), let found = Found("+" + text.digits, region: PhoneNumber.noRegion), found.canBe else {
            return nil
        }
        self = found.number
    }

    /// Whether a text is spelled like a number: digits of any script with their usual separators and prefixes. The number need not exist.
    public static func isWritten(_ text: String) -> Bool { (try? PhoneText(text)) != nil }

    /// A number that was stored as E.164; it is not checked again.
    public init(stored e164: String) { self.e164 = e164 }

    /// Whether its country has assigned its range, according to libphonenumber and the plans of `variants`.
    public var isAssigned: Bool { variants.contains { cpn_is_valid($0.e164, $0.e164.utf8.count) } }

    /// Whether `code` is an ISO 3166-1 code, two upper-case letters, of a country with phone numbers.
    public static func isRegion(_ code: String) -> Bool { code.utf8.count == 2 && cpn_is_region(code) }

    /// The same as `e164`; use `masked` in logs.
    public var description: String { e164 }

    /// The most characters (Unicode scalars) of a text that is parsed as a number.
    public static let longestText = 32
    /// The most bytes of a text with that many characters.
    public static let longestBytes = 4 * longestText

    /// Whether a text is short enough to be parsed.
    public static func isOfLength(_ text: String) -> Bool {
        let bytes = text.utf8.count
        return bytes <= longestText || bytes <= longestBytes && text.unicodeScalars.count <= longestText
    }

    /// A plus and fifteen digits (ITU-T E.164, 6); libphonenumber's lengths would allow longer numbers in some plans.
    private static let longestE164 = 16
    /// A region in which no number without a country code exists.
    private static let noRegion = "ZZ"

    /// Whether the digits of this number, which were read without a country code, begin with its country's code themselves. Nobody omits
    /// the trunk prefix before such a number.
    private func isSameCountry(as international: PhoneNumber, with digits: String) -> Bool {
        e164.hasSuffix(digits) && international.e164.hasPrefix(e164.dropLast(digits.utf8.count))
    }

    /// Whether parsing the E.164 gives the same number. If the trunk prefix is there twice, each parsing would drop one and give another
    /// number, and it is unclear which one is meant.
    private var isReadAsItself: Bool { Found(e164, region: PhoneNumber.noRegion)?.number == self }

    private static func isAsWritten(_ digits: String, in region: String) -> Bool { cpn_is_as_written(digits, digits.utf8.count, region) }

    /// The result of parsing digits, whether or not such a number can exist.
    private struct Found {
        let number: PhoneNumber
        private let digits: String
        /// Whether its country has numbers of this length, according to libphonenumber.
        private let isPossible: Bool

        /// Whether such a number can exist; libphonenumber may know only another form of it.
        var canBe: Bool { (isPossible || number.isAssigned) && (number.e164 == digits || number.isReadAsItself) }
        /// The number, if its country has assigned its range.
        var assignedNumber: PhoneNumber? { number.isAssigned ? number : nil }

        init?(_ digits: String, region: String) {
            // A number with its country code must be used whole, even if libphonenumber sees a trunk prefix in it.
            if digits.utf8.first == UInt8(ascii: "+"), digits.utf8.count > PhoneNumber.longestE164 { return nil }
            var isPossible = false
            let e164 = String(unsafeUninitializedCapacity: 24) { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    cpn_e164(digits, digits.utf8.count, region, $0.baseAddress, &isPossible)
                }
            }
            guard !e164.isEmpty, e164.utf8.count <= PhoneNumber.longestE164 else { return nil }
            number = PhoneNumber(stored: e164)
            self.digits = digits
            self.isPossible = isPossible
        }
    }
}
