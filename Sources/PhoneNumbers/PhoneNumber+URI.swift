extension PhoneNumber {
    /// The number in a `tel:` URI as written (RFC 3966), without parameters that do not identify a person, such as `verstat`. Nil for any
    /// other text, and if a parameter means another person: an extension (`ext`, `isub`) is another party behind the number, and with a
    /// `phone-context` the number is incomplete.
    public static func subscriber(ofURI text: String) -> String? {
        guard let first = text.utf8.first, first | 0x20 == UInt8(ascii: "t"), text.utf8.count <= longestURI else { return nil }
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard let number = parts.first, number.prefix(scheme.count).lowercased() == scheme else { return nil }
        let names = parts.dropFirst().map { $0.prefix { $0 != "=" }.lowercased() }
        return names.contains(where: ofOthers.contains) ? nil : String(number.dropFirst(scheme.count))
    }

    private static let scheme = "tel:"
    private static let ofOthers: Set<String> = ["ext", "isub", "phone-context"]
    /// The most bytes of a URI that is parsed.
    private static let longestURI = 256
}
