import Forms
import Messaging
import Signing

/// Twilio signs the URL that it posts to, as written in its console, followed by all parameters of a form: sorted by name, name and value
/// concatenated, equal parameters once. A body in another form is covered by its digest, in the URL as `bodySHA256` ("Secure webhooks",
/// twilio.com, read 2026-11; `RequestValidator` of PyPI's twilio 9.13).
///
/// It uses HMAC-SHA1 with the account's auth token, or the algorithm of a shared key with the key's secret as written. A header then names
/// the algorithm and the key's id ("Sign webhooks with shared keys", twilio.com, read 2026-11, in beta). The settings do not contain this
/// id, so every secret is tried.
extension TwilioAdapter {
    static let signatureHeader = "x-twilio-signature"
    static let settingsHeader = "x-twilio-webhooks-signature-settings"
    private static let bodyDigest = "bodySHA256"

    /// Checks the signature over the URL with and without its port, since Twilio signs either.
    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        let header = try delivery.soleHeader(Self.signatureHeader)
        let algorithm = try algorithm(of: delivery)
        guard let code = Base64.decode(header), code.count == algorithm.length else {
            throw AuthenticationError(.malformed, header: Self.signatureHeader)
        }
        guard let parameters = signedParameters(of: delivery) else { throw Self.mismatch }
        for base in bases {
            let url = Array((base + delivery.target).utf8)
            if keys.contains(where: { $0[algorithm].isValid(code, for: url, parameters) }) { return .signature }
        }
        throw Self.mismatch
    }

    private static let mismatch = AuthenticationError(
        .mismatch, header: signatureHeader,
        hint: "the signature covers the URL too, so public_url in the settings must be the URL to which Twilio posts")

    /// Signs by HMAC-SHA1 with the first secret, over the public URL as written.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        let parameters = signedParameters(of: delivery) ?? []
        return keys.prefix(1).map { key in
            let code = key[.sha1].authenticationCode(for: Array(account.url(of: delivery).utf8), parameters)
            return Delivery.Header(lowercase: Self.signatureHeader, Base64.encode(code))
        }
    }

    /// The target, with the body's digest in the query unless the body is a form.
    public func signedTarget(for delivery: Delivery) -> String {
        guard !delivery.isForm else { return delivery.target }
        let parts = delivery.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let others = parts.dropFirst().flatMap { $0.split(separator: "&") }.filter { !$0.hasPrefix("\(Self.bodyDigest)=") }
        let digest = "\(Self.bodyDigest)=\(Hex.encode(Digest.sha256(delivery.body)))"
        return "\(parts[0])?\((others + [digest[...]]).joined(separator: "&"))"
    }

    /// The algorithm in `key=…,algorithm=HMAC_SHA256`; SHA-1 without the header or without an algorithm in it.
    private func algorithm(of delivery: Delivery) throws(AuthenticationError) -> HMACKey.Algorithm {
        guard delivery.header(Self.settingsHeader) != nil else { return .sha1 }
        for setting in try delivery.soleHeader(Self.settingsHeader).split(separator: ",") {
            let parts = setting.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard parts.count == 2, parts[0] == "algorithm" else { continue }
            switch parts[1].uppercased() {
            case "HMAC_SHA1": return .sha1
            case "HMAC_SHA256": return .sha256
            default: throw AuthenticationError(.malformed, header: Self.settingsHeader)
            }
        }
        return .sha1
    }

    /// The signed bytes after the URL; nil if a body does not match its digest, or has more fields than Twilio ever posts.
    private func signedParameters(of delivery: Delivery) -> [UInt8]? {
        if delivery.isForm { return Form(delivery.body, limit: Self.mostFields).map(Self.sorted) }
        let digest = Form(queryOf: delivery.target)[Self.bodyDigest].flatMap { Hex.decode($0) }
        return digest.map { ConstantTime.equal($0, Digest.sha256(delivery.body)) } == true ? [] : nil
    }

    private static func sorted(_ form: Form) -> [UInt8] {
        let fields = form.sorted { one, other in
            if !one.nameBytes.elementsEqual(other.nameBytes) { return one.nameBytes.lexicographicallyPrecedes(other.nameBytes) }
            return one.valueBytes.lexicographicallyPrecedes(other.valueBytes)
        }
        var signed: [UInt8] = []
        var last: Form.Field?
        for field in fields {
            if let last, last.nameBytes.elementsEqual(field.nameBytes), last.valueBytes.elementsEqual(field.valueBytes) { continue }
            signed += field.nameBytes
            signed += field.valueBytes
            last = field
        }
        return signed
    }
}

/// A secret as a key for either digest.
struct SigningKey: Sendable {
    private let sha1: HMACKey
    private let sha256: HMACKey

    /// Nil for an empty secret.
    init?(_ secret: Secret) {
        let bytes = Array(secret.revealed.utf8)
        guard let sha1 = HMACKey(bytes, .sha1), let sha256 = HMACKey(bytes, .sha256) else { return nil }
        self.sha1 = sha1
        self.sha256 = sha256
    }

    subscript(_ algorithm: HMACKey.Algorithm) -> HMACKey { algorithm == .sha1 ? sha1 : sha256 }
}

/// The URL in the spellings that Twilio may sign.
enum SignedURL {
    /// The URL as written, then without its port or with the default port of its scheme.
    static func spellings(of url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        let path = url[authority.endIndex...]
        if let port = port(of: authority) { return [url, String(url[..<port] + path)] }
        return [url, "\(url[..<authority.endIndex]):\(url.hasPrefix("https:") ? 443 : 80)\(path)"]
    }

    /// The position of the colon before a port; nil if there is no port.
    private static func port(of authority: Substring) -> String.Index? {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].allSatisfy({ $0 == ":" || $0.isNumber }) else { return nil }
        return colon
    }
}
