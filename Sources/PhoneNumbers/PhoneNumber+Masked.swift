extension PhoneNumber {
    /// The number in a form that may be logged: `+91••••••3210`.
    public var masked: String { PhoneNumber.mask(e164) }

    /// Hides all but the first three and last four characters of a text that may contain a number; hides a text of fewer than ten
    /// characters completely.
    public static func mask(_ text: String) -> String {
        guard text.count >= 10 else { return String(repeating: "•", count: text.count) }
        return text.prefix(3) + String(repeating: "•", count: text.count - 7) + text.suffix(4)
    }

    /// A name that somebody else chose, in a form that an answer to them may contain: at most 64 characters, masked if it may contain a
    /// number. Logs may show less.
    public static func shown(name: String) -> String {
        String((name.unicodeScalars.count { $0.shownDigit != nil } < 5 ? name : mask(name)).prefix(64))
    }
}
