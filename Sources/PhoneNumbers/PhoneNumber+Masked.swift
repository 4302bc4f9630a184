extension PhoneNumber {
    /// The number as logs may show it: `+91••••••3210`.
    public var masked: String { PhoneNumber.mask(e164) }

    /// Any text that may hold a number, with all but its first three and last four characters hidden; shorter than ten
    /// it is hidden altogether.
    public static func mask(_ text: String) -> String {
        guard text.count >= 10 else { return String(repeating: "•", count: text.count) }
        return text.prefix(3) + String(repeating: "•", count: text.count - 7) + text.suffix(4)
    }

    /// A name that somebody else chose, as they may be answered: of at most 64 characters, masked where it may hold a number. What a log may
    /// show of it is less.
    public static func shown(name: String) -> String {
        String((name.unicodeScalars.count { $0.shownDigit != nil } < 5 ? name : mask(name)).prefix(64))
    }
}
