/// A text that may be an address, in the parts by which it is told whether it names somebody.
struct HiddenAddress {
    /// In lower case; nil where there is no colon.
    private let scheme: String?
    /// What stands between the colons behind the scheme, before the first `@`; without those that are empty.
    let names: [String]
    /// What stands behind the first `@`.
    let host: Host?

    /// Schemes of the addresses of people, as telephone networks and providers write them.
    private static let knownSchemes: Set<String> = ["client", "messenger", "mms", "rcs", "sip", "sips", "sms", "tel", "whatsapp"]
    /// Those whose names may have percent escapes (RFC 3261, 19.1.2; RFC 3966, 3).
    private static let escapedSchemes: Set<String> = ["sip", "sips", "tel"]

    /// Whether it is a person's address even where no name is in it.
    var isOfKnownScheme: Bool { scheme.map(Self.knownSchemes.contains) ?? false }
    var isOfSIP: Bool { scheme == "sip" || scheme == "sips" }
    /// Whether its names are none, or name nothing.
    var isBlank: Bool { names.allSatisfy { !$0.namesSomething } }
    /// The last of all that colons divide.
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

        /// Domains that have addresses and no mailboxes: those of WhatsApp, and those that are reserved (RFC 6761, 6.3 and 6.4).
        private static let others: Set<String> = ["c.us", "g.us", "s.whatsapp.net"]
        private static let reserved: Set<String> = ["invalid", "localhost"]

        fileprivate init(_ host: Scalars) {
            let name = host.prefix { $0 != ":" }.filter { !$0.properties.isWhitespace }
            labels = name.split(separator: ".", omittingEmptySubsequences: false).map { HiddenAddress.text(of: $0).lowercased() }
        }

        /// Whether people have mailboxes there: not within a network without a domain, nor at an IP address.
        var hasMailboxes: Bool {
            guard labels.count > 1, let last = labels.last, !Self.reserved.contains(last) else { return false }
            return !last.utf8.allSatisfy { (0x30...0x39).contains($0) } && !Self.others.contains(labels.joined(separator: "."))
        }
    }

    fileprivate typealias Scalars = Substring.UnicodeScalarView

    fileprivate static func text(of scalars: Scalars) -> String { String(String.UnicodeScalarView(scalars)) }

    /// Without the name before an address: `"Anonymous" <sip:anonymous@anonymous.invalid>`.
    private static func withoutName(_ text: Scalars) -> Scalars {
        guard let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return text }
        return text[text.index(after: open)..<close]
    }

    /// With the characters of ASCII that percent escapes stand for, each once; those stay that would divide an address.
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
