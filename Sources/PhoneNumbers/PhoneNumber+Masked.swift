extension PhoneNumber {
    /// The number in a form that may be logged: `+91••••••3210`.
    public var masked: String { PhoneNumber.mask(e164) }

    /// Hides all but the first three and last four characters of a text that may contain a number; hides a text of fewer than ten
    /// characters completely.
    public static func mask(_ text: String) -> String {
        guard text.count >= 10 else { return String(repeating: "•", count: text.count) }
        return text.prefix(3) + String(repeating: "•", count: text.count - 7) + text.suffix(4)
    }

    /// A text, masked if its digits are those of the phone, with or without country code and leading zeros: a customer's id may be the
    /// phone in another spelling.
    public static func mask(_ text: String, ifSpelling phone: String?) -> String {
        let digits = { (text: String) in text.unicodeScalars.compactMap(\.shownDigit) }
        let local = digits(text).drop { $0 == 0 }
        guard let phone, local.count >= 6, digits(phone).reversed().starts(with: local.reversed()) else { return text }
        return mask(text)
    }

    /// A name that somebody else chose, in a form that an answer to them may contain: at most 64 characters, masked if it may contain a
    /// number. Logs may show less.
    public static func shown(name: String) -> String {
        String((name.unicodeScalars.count { $0.shownDigit != nil } < 5 ? name : mask(name)).prefix(64))
    }
}
