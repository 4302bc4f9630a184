import Logging
import Messaging
import PhoneNumbers
import Receiver
import Signing
import Supabase

/// How a scalar's text becomes a value, and the message if it does not.
struct ScalarForm<Value>: Sendable {
    /// Completes "must be": `a whole number from 1 to 65535`.
    let expectation: String
    let read: @Sendable (String) -> Value?
    /// Whether it is a secret: it must be written as a string, white space around it is ignored, and messages never show it.
    var isSecret = false
    /// Whether its value may contain a secret, even by mistake: messages then describe a wrong value instead of quoting it.
    var mayHoldSecret = false
    /// What the value is and where it is found, for the advice about an empty variable; nil if the setting's name says enough.
    var origin: String?
    /// What is wrong with an unreadable text, if more can be said than `expectation`, without any part of a secret.
    var fault: @Sendable (String) -> String? = { _ in nil }
}

extension ScalarForm where Value == String {
    static let text = ScalarForm(expectation: "a text that is not empty") { $0.isEmpty ? nil : $0 }
    /// SQLite would not take these texts for the path of a file.
    static let journalPath = ScalarForm(expectation: "the path of a file") { text in
        text.isEmpty || text.hasSuffix("/") || text == ":memory:" || text.hasPrefix("file:") ? nil : text
    }
    static let region = ScalarForm(expectation: "a country's two upper-case letters (ISO 3166-1), such as IN") { text in
        PhoneNumber.isRegion(text) ? text : nil
    }
    static let url = ScalarForm(
        expectation: "a URL that begins with http:// or https://",
        read: { text in
            let text = text.trimmingOuterSpace()
            guard let scheme = ["http://", "https://"].first(where: text.hasPrefix), text.count > scheme.count else { return nil }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }, mayHoldSecret: true)
}

extension ScalarForm where Value == String {
    /// A URL to which a request's path and query are appended.
    static let publicURL = ScalarForm(
        expectation: "a URL of http:// or https:// with a host and no query or fragment, such as https://hooks.example",
        read: { text in
            guard let text = url.read(text), let host = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last
            else {
                return nil
            }
            let isPlain = !text.unicodeScalars.contains { $0.properties.isWhitespace || "?#".unicodeScalars.contains($0) }
            return isPlain && !host.isEmpty && !host.hasPrefix("/") && !host.hasPrefix(":") ? text : nil
        }, mayHoldSecret: true)
    /// An id that becomes part of a URL.
    static let providerID = ScalarForm(expectation: "an id of at most 64 letters and digits") { text in
        let isID = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) }
        return isID && (1...64).contains(text.utf8.count) ? text : nil
    }
    /// A token of RFC 9110, 5.6.2, converted to lower case.
    static let headerName = ScalarForm(expectation: "the name of a header, such as x-api-key") { text in
        let isToken = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        return !text.isEmpty && isToken ? text.lowercased() : nil
    }
}

/// The fewest characters of a secret. `doctor` uses the same lengths as the settings, but wants providers' secrets as long as our own.
enum SecretLength {
    /// For a key or token that the operator generates and that grants access.
    static let own = 16
    /// For a secret that somebody else generates, and for a verify token, which is only used for a handshake.
    static let given = 8
}

extension ScalarForm where Value == Secret {
    /// A key or token that the operator generates, whose quality nobody else checks.
    static let ownSecret = ScalarForm(
        expectation: "a string of at least \(SecretLength.own) characters",
        read: { $0.count < SecretLength.own || BearerSecret.fault(of: $0) != nil ? nil : Secret($0) }, isSecret: true,
        fault: { BearerSecret.fault(of: $0) })
    /// A secret that somebody else generates, or that is only used for a handshake.
    static let givenSecret = secret(ofAtLeast: SecretLength.given)
    /// The value of a header that may hold a key: visible ASCII and spaces.
    static let headerSecret = ScalarForm(
        expectation: "a string of printable ASCII characters",
        read: { text in
            let isPrintable = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            return isPrintable && !text.isEmpty ? Secret(text) : nil
        }, isSecret: true)
    /// The secret with which our own clients sign (Standard Webhooks).
    static let webhookSecret = ScalarForm(
        expectation: "whsec_ and Base64 of at least 24 bytes",
        read: { StandardWebhooksKey(secret: $0) == nil ? nil : Secret($0) }, isSecret: true)
    /// `schema` is that of the tables; a URL may name it, but no other.
    static func databaseURL(for schema: SchemaName) -> ScalarForm {
        let fault = { @Sendable (text: String) in
            text.isEmpty
                ? "is empty: leave the key out if there is no direct connection"
                : PersistencePlan.fault(ofDatabaseURL: text, for: schema)
        }
        return ScalarForm(
            expectation: "a URL that begins with postgres:// or postgresql://", read: { fault($0) == nil ? Secret($0) : nil },
            isSecret: true, fault: fault)
    }

    private static func secret(ofAtLeast length: Int) -> ScalarForm {
        ScalarForm(
            expectation: "a string of at least \(length) characters", read: { $0.count < length ? nil : Secret($0) }, isSecret: true)
    }
}

extension ScalarForm where Value == SchemaName {
    static let schema = ScalarForm(expectation: SchemaName.form, read: { SchemaName($0) }, fault: { SchemaName.fault(of: $0) })
}

extension ScalarForm where Value == AccountName {
    static let accountName = ScalarForm(expectation: plainName) { isPlainName($0) ? AccountName($0) : nil }
}

extension ScalarForm where Value == String {
    static let portfolioName = ScalarForm(expectation: plainName) { isPlainName($0) ? $0 : nil }
}

extension ScalarForm where Value == AdapterKind {
    static let adapterKind = ScalarForm(expectation: "the kind of an adapter, such as whatsapp-cloud") { text in
        isPlainName(text) ? AdapterKind(text) : nil
    }
}

extension ScalarForm where Value == Channel {
    static let channel = ScalarForm(expectation: Channel.nameRule) { Channel.isName($0) ? Channel($0) : nil }
}

extension ScalarForm where Value == Bool {
    static let flag = ScalarForm(expectation: "true or false") { ["true": true, "false": false][$0.lowercased()] }
}

extension ScalarForm where Value == Double {
    static let ratio = ScalarForm(expectation: "a number from 0 to 1, such as 0.05") { text in
        Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
    }
}

extension ScalarForm where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> ScalarForm {
        ScalarForm(expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static let size = ScalarForm(expectation: "a size, such as 512KiB, 4MiB, 1GiB or a number of bytes") { text in
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)]
        return quantity(of: text, units).flatMap { $0 > 0 ? $0 : nil }
    }

    /// SQLite and HTTP count the bytes of a body in 31 bits.
    static let bodySize = ScalarForm(expectation: "a size of at most 1GiB, such as 512KiB or 4MiB") { text in
        size.read(text).flatMap { $0 <= 1 << 30 ? $0 : nil }
    }

    /// The buffer must have room for a line of the log, and must fit into memory.
    static let bufferSize = ScalarForm(expectation: "a size from 32KiB to 1GiB, such as 1MiB") { text in
        size.read(text).flatMap { (2 * LogLine.longest...1 << 30).contains($0) ? $0 : nil }
    }

    /// The write-ahead log must have room for new writes while it is copied back.
    static let logSize = ScalarForm(expectation: "a size of at least 256MiB, such as 4GiB") { text in
        size.read(text).flatMap { $0 >= 256 << 20 ? $0 : nil }
    }
}

extension ScalarForm where Value == Duration {
    /// At most a hundred years, so that sums with times cannot overflow.
    static let duration = ScalarForm(expectation: "a duration, such as 500ms, 10s, 5m, 24h or 30d, of at most 36500d") { text in
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        return quantity(of: text, units).flatMap { (1...3_153_600_000_000).contains($0) ? .milliseconds($0) : nil }
    }
}

extension ScalarForm where Value == AddressRange {
    /// The gateway believes a proxy in such a range about the client's address, so the size of the range is limited.
    static let addressRange = ScalarForm(
        expectation: "an address or a range of at most a /8 (IPv6: /7), such as 10.0.0.0/8 or 2001:db8::1",
        read: { text in AddressRange(text).flatMap { $0.isTooLarge ? nil : $0 } })
}

extension ScalarForm where Value: RawRepresentable<String> & CaseIterable & Sendable {
    /// One of the raw values of an enumeration.
    static var choice: ScalarForm {
        ScalarForm(expectation: Value.allCases.map(\.rawValue).joined(separator: ", ")) { Value(rawValue: $0) }
    }
}

/// A whole number times the first unit that follows it; nil if it is not one or is too large.
private func quantity(of text: String, _ units: [(name: String, factor: Int)]) -> Int? {
    for unit in units where text.hasSuffix(unit.name) {
        guard let number = Int(text.dropLast(unit.name.count)), number >= 0 else { return nil }
        let product = number.multipliedReportingOverflow(by: unit.factor)
        return product.overflow ? nil : product.partialValue
    }
    return nil
}

/// The form `[a-z0-9][a-z0-9_-]{0,62}`, which completes "must be".
private let plainName = "1 to 63 of a–z, 0–9, _ and -, beginning with a letter or a digit"

func isPlainName(_ text: String) -> Bool {
    guard (1...63).contains(text.utf8.count), let first = text.utf8.first, first != 0x5F, first != 0x2D else { return false }
    return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D }
}

extension String {
    /// The text without white space, line breaks and byte order marks at both ends, which come from copying and from files.
    func trimmingOuterSpace() -> String {
        let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace || scalar == "\u{FEFF}" }
        guard let first = unicodeScalars.firstIndex(where: { !isSpace($0) }), let last = unicodeScalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(unicodeScalars[first...last])
    }
}
