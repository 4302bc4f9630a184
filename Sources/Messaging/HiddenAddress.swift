/// A text that may be an address, split into the parts that decide whether it names somebody.
struct HiddenAddress {
    /// The scheme in lower case; nil if the text has no colon.
    private let scheme: String?
    /// The parts between colons after the scheme and before the first `@`, without empty ones.
    let names: [String]
    /// The host after the first `@`.
    let host: Host?

    /// The schemes of people's addresses, as telephone networks and providers write them.
    private static let knownSchemes: Set<String> = ["client", "messenger", "mms", "rcs", "sip", "sips", "sms", "tel", "whatsapp"]
    /// The schemes whose names may contain percent escapes (RFC 3261, 19.1.2; RFC 3966, 3).
    private static let escapedSchemes: Set<String> = ["sip", "sips", "tel"]

    /// Whether the scheme is one of people's addresses, even if no name follows it.
    var isOfKnownScheme: Bool { scheme.map(Self.knownSchemes.contains) ?? false }
    var isOfSIP: Bool { scheme == "sip" || scheme == "sips" }
    /// Whether it has no names, or none of them can be an id.
    var isBlank: Bool { names.allSatisfy { !$0.namesSomething } }
    /// The last of the parts that colons separate.
    var lastName: String { names.last ?? scheme ?? "" }

    /// Reads a folded text (`String.folded`).
    init(_ text: String) {
        let address = Self.withoutName(text.unicodeScalars[...]).prefix { $0 != ";" && $0 != "?" }
        let parts = address.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let user = parts.first ?? Scalars()
        let colon = user.firstIndex(of: ":")
        let scheme = colon.map { Self.text(of: user[..<$0].filter { !$0.properties.isWhitespace }).lowercased() }
        let isEscaped = scheme.map(Self.escapedSchemes.contains) ?? false
        self.scheme = scheme
        names = user[(colon.map { user.index(after: $0) } ?? user.startIndex)...].split(separator: ":").map {
            isEscaped ? Self.unescaped($0) : Self.text(of: $0)
        }
        host = parts.count > 1 ? Host(parts[1]) : nil
    }

    /// Where an address is: a domain, a name within a network, or an IP address.
    struct Host {
        /// In lower case.
        let labels: [String]

        /// Domains with addresses but without mailboxes: WhatsApp's, and reserved ones (RFC 6761, 6.3 and 6.4).
        private static let others: Set<String> = ["c.us", "g.us", "s.whatsapp.net"]
        private static let reserved: Set<String> = ["invalid", "localhost"]

        fileprivate init(_ host: Scalars) {
            let name = host.prefix { $0 != ":" }.filter { !$0.properties.isWhitespace }
            labels = name.split(separator: ".", omittingEmptySubsequences: false).map { HiddenAddress.text(of: $0).lowercased() }
        }

        /// Whether people have mailboxes there. They have none at a name without a domain, or at an IP address.
        var hasMailboxes: Bool {
            guard labels.count > 1, let last = labels.last, !Self.reserved.contains(last) else { return false }
            return !last.utf8.allSatisfy { (0x30...0x39).contains($0) } && !Self.others.contains(labels.joined(separator: "."))
        }
    }

    fileprivate typealias Scalars = Substring.UnicodeScalarView

    fileprivate static func text(of scalars: Scalars) -> String { String(String.UnicodeScalarView(scalars)) }

    /// The address without a display name: `"Anonymous" <sip:anonymous@anonymous.invalid>`.
    private static func withoutName(_ text: Scalars) -> Scalars {
        guard let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return text }
        return text[text.index(after: open)..<close]
    }

    /// The name with percent escapes of ASCII characters decoded once, except for characters that separate parts of an address.
    private static func unescaped(_ name: Scalars) -> String {
        var result: [UInt8] = []
        var rest = Array(text(of: name).utf8)[...]
        while let first = rest.popFirst() {
            let digits = first == UInt8(ascii: "%") ? rest.prefix(2) : []
            guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
                let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16), (1..<0x80).contains(byte), !":;@".utf8.contains(byte)
            else {
                result.append(first)
                continue
            }
            result.append(byte)
            rest = rest.dropFirst(2)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
