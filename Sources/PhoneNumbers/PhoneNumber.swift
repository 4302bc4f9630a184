import CPhoneNumber

/// A telephone number in E.164: a plus, the country code and the subscriber's number, digits only. Written and read again it is the same number.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// "+919876543210".
    public let e164: String

    /// Reads a number as people write it, in the digits of any script, with `tel:`, `whatsapp:` or `@c.us` around it. Without a country
    /// code it is a number of `region` (ISO 3166-1 alpha-2, upper case, "IN").
    ///
    /// Throws for anything but digits and what people write between them, for a text of more than `longestText` characters, and for a
    /// number that its country cannot have: the person behind it would be taken for another. Of a number without a plus its country has to
    /// have assigned the range: `14155552671` is no number of India, and so it is that of the United States. Where both can be, it is one
    /// of `region` if it is written as people there write it, the international one if that is of the same country, and else refused.
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

    /// The same, nil where it cannot be read.
    public init?(_ text: String, region: String) {
        do { try self.init(reading: text, region: region) } catch { return nil }
    }

    /// Reads a full international number with or without its plus ("919876543210"), as WhatsApp and others send it. A number that
    /// no numbering plan knows is taken at its word when it has 5 to 15 digits: providers know numbers before plans do.
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

    /// Reads a full international number with or without its plus, as people write it. Nil for one that no numbering plan has room for.
    public init?(possible text: String) {
        guard let text = try? PhoneText(text), let found = Found("+" + text.digits, region: PhoneNumber.noRegion), found.canBe else {
            return nil
        }
        self = found.number
    }

    /// Whether a text is written as a number: digits of any script, and what people write between and around them. There need not be one.
    public static func isWritten(_ text: String) -> Bool { (try? PhoneText(text)) != nil }

    /// A number that was read before and kept as E.164; it is not checked again.
    public init(stored e164: String) { self.e164 = e164 }

    /// Whether its country has assigned the range that it is of, as far as libphonenumber and the plans of `variants` know.
    public var isAssigned: Bool { variants.contains { cpn_is_valid($0.e164, $0.e164.utf8.count) } }

    /// Whether a country of this ISO 3166-1 code, two upper-case letters, has telephone numbers.
    public static func isRegion(_ code: String) -> Bool { code.utf8.count == 2 && cpn_is_region(code) }

    /// The same as `e164`; what a log may show is `masked`.
    public var description: String { e164 }

    /// The most characters, Unicode's scalars, of a text that is read as a number.
    public static let longestText = 32
    /// The most bytes that so many characters may have.
    public static let longestBytes = 4 * longestText

    /// Whether a text is short enough to be read.
    public static func isOfLength(_ text: String) -> Bool {
        let bytes = text.utf8.count
        return bytes <= longestText || bytes <= longestBytes && text.unicodeScalars.count <= longestText
    }

    /// The plus and fifteen digits (ITU-T E.164, 6): some plans' lengths in libphonenumber would make longer ones possible.
    private static let longestE164 = 16
    /// Where a number without a country code is none.
    private static let noRegion = "ZZ"

    /// Whether the digits that were read as this number, their country's code put before them, begin with that code themselves: nobody leaves
    /// out the trunk prefix before it.
    private func isSameCountry(as international: PhoneNumber, with digits: String) -> Bool {
        e164.hasSuffix(digits) && international.e164.hasPrefix(e164.dropLast(digits.utf8.count))
    }

    /// Whether this number is read from its E.164. Of a trunk prefix that stands there twice one is left out each time, so that every reading
    /// would be of another number, and nobody knows which of them it is.
    private var isReadAsItself: Bool { Found(e164, region: PhoneNumber.noRegion)?.number == self }

    private static func isAsWritten(_ digits: String, in region: String) -> Bool { cpn_is_as_written(digits, digits.utf8.count, region) }

    /// What digits come to, whether or not there can be such a number.
    private struct Found {
        let number: PhoneNumber
        private let digits: String
        /// Whether its country has numbers of this length, as far as libphonenumber knows.
        private let isPossible: Bool

        /// Whether there can be such a number. Of one that libphonenumber does not know another form may be known.
        var canBe: Bool { (isPossible || number.isAssigned) && (number.e164 == digits || number.isReadAsItself) }
        /// The number, where its country has assigned its range.
        var assignedNumber: PhoneNumber? { number.isAssigned ? number : nil }

        init?(_ digits: String, region: String) {
            // Of a number with its country code nothing is left out, whatever libphonenumber takes for a trunk prefix in it.
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
