import CPhoneNumber

/// A telephone number in E.164: a plus, the country code and the subscriber's number, digits only.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// "+919876543210".
    public let e164: String

    /// Reads a number as people write it, in the digits of any script, with or without `tel:` before it. Without a country code it is a
    /// number of `region` (ISO 3166-1 alpha-2, upper case, "IN"). Takes about 20 µs.
    ///
    /// Nil for a number of a length that its country has not, without its area code, or with an extension: the person behind it would be
    /// taken for another. Nil for letters as well, be they words, a vanity number or an O for a zero, and for a text of more than
    /// `longestText` bytes, whatever it holds. White space around the number or between its digits means nothing, however much of it.
    public init?(_ text: String, region: String) {
        guard text.utf8.count <= PhoneNumber.longestText,
            var text = PhoneNumber.readable(text.hasPrefix("tel:") ? text.dropFirst(4) : text[...])
        else { return nil }
        let e164 = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                String(unsafeUninitializedCapacity: 24) { buffer in
                    buffer.withMemoryRebound(to: CChar.self) {
                        cpn_e164(characters.baseAddress, characters.count, region, $0.baseAddress)
                    }
                }
            }
        }
        guard !e164.isEmpty, e164.utf8.count <= PhoneNumber.longestE164 else { return nil }
        self.e164 = e164
    }

    /// Reads a full international number with or without its plus ("919876543210"), as WhatsApp and others send it. A number that
    /// no numbering plan knows is taken at its word when it has 5 to 15 digits: providers know numbers before plans do.
    public init?(international text: String) {
        guard let text = PhoneNumber.readable(text[...]) else { return nil }
        let digits = text.utf8.filter { (0x30...0x39).contains($0) }
        let plain = "+" + String(decoding: digits, as: UTF8.self)
        if let known = PhoneNumber(plain, region: "ZZ") {
            self = known
        } else if (5...15).contains(digits.count), text.utf8.count - digits.count <= 1 {
            e164 = plain
        } else {
            return nil
        }
    }

    /// Whether a country of this ISO 3166-1 code, two upper-case letters, has telephone numbers.
    public static func isRegion(_ code: String) -> Bool { code.utf8.count == 2 && cpn_is_region(code) }

    /// The same as `e164`; what a log may show is `masked`.
    public var description: String { e164 }

    /// The most bytes of a text that is read as a number: what reads it takes a time that grows faster than its length.
    public static let longestText = Int(CPN_LONGEST)

    /// The plus and fifteen digits (ITU-T E.164, 6): some plans' lengths in libphonenumber would make longer ones possible.
    private static let longestE164 = 16

    /// The text with one space for each stretch of white space and none around it; nil for one that is too long or has letters.
    private static func readable(_ text: Substring) -> String? {
        guard text.utf8.count <= longestText else { return nil }
        // As nearly all are sent: it needs no look into Unicode's tables.
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2B }) { return String(text) }
        var readable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar.properties.isAlphabetic { return nil }
            let isSpace = scalar.properties.isWhitespace
            if isSpace, readable.last == " " || readable.isEmpty { continue }
            readable.append(isSpace ? " " : scalar)
        }
        if readable.last == " " { readable.removeLast() }
        return String(readable)
    }
}
