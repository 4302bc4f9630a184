import Forms
import Messaging
import Signing

/// What Twilio signs is the URL that it posts to, as it is written in its console, and of a form every parameter: sorted by name, name and value
/// one after the other, equal ones once. A body in another form is covered by its digest, which stands in the URL as `bodySHA256` ("Secure
/// webhooks", twilio.com, read 2026-11; `RequestValidator` of PyPI's twilio 9.13).
///
/// It signs by HMAC-SHA1 with the account's auth token, or by the algorithm of a shared key, whose secret is used as it is written; a header
/// names both then ("Sign webhooks with shared keys", twilio.com, read 2026-11, in beta). The header names the key by its id, which stands in no
/// setting of ours: every secret is tried.
extension TwilioAdapter {
    static let signatureHeader = "x-twilio-signature"
    static let settingsHeader = "x-twilio-webhooks-signature-settings"
    private static let bodyDigest = "bodySHA256"

    /// Over the URL with and without its port: Twilio signs either.
    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        let header = try delivery.soleHeader(Self.signatureHeader)
        let algorithm = try algorithm(of: delivery)
        guard let code = Base64.decode(header), code.count == algorithm.length else {
            throw AuthenticationError(.malformed, header: Self.signatureHeader)
        }
        guard let parameters = signedParameters(of: delivery) else { throw AuthenticationError(.mismatch, header: Self.signatureHeader) }
        for base in bases {
            let url = Array((base + delivery.target).utf8)
            if keys.contains(where: { $0[algorithm].isValid(code, for: url, parameters) }) { return .signature }
        }
        throw AuthenticationError(.mismatch, header: Self.signatureHeader)
    }

    /// By HMAC-SHA1 with the first secret, over the public URL as it is written.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        let parameters = signedParameters(of: delivery) ?? []
        return keys.prefix(1).map { key in
            let code = key[.sha1].authenticationCode(for: Array(account.url(of: delivery).utf8), parameters)
            return Delivery.Header(lowercase: Self.signatureHeader, Base64.encode(code))
        }
    }

    /// A body that is no form has its digest in the query.
    public func signedTarget(for delivery: Delivery) -> String {
        guard !delivery.isForm else { return delivery.target }
        let parts = delivery.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let others = parts.dropFirst().flatMap { $0.split(separator: "&") }.filter { !$0.hasPrefix("\(Self.bodyDigest)=") }
        let digest = "\(Self.bodyDigest)=\(Hex.encode(Digest.sha256(delivery.body)))"
        return "\(parts[0])?\((others + [digest[...]]).joined(separator: "&"))"
    }

    /// `key=…,algorithm=HMAC_SHA256`; without the header, or an algorithm in it, it is SHA-1.
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

    /// What follows the URL in what is signed; nil where a body is not what its digest says, or has more fields than Twilio ever posts.
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

/// A secret as a key of either digest.
struct SigningKey: Sendable {
    private let sha1: HMACKey
    private let sha256: HMACKey

    /// Nil for an empty one.
    init?(_ secret: Secret) {
        let bytes = Array(secret.revealed.utf8)
        guard let sha1 = HMACKey(bytes, .sha1), let sha256 = HMACKey(bytes, .sha256) else { return nil }
        self.sha1 = sha1
        self.sha256 = sha256
    }

    subscript(_ algorithm: HMACKey.Algorithm) -> HMACKey { algorithm == .sha1 ? sha1 : sha256 }
}

/// A URL as Twilio may sign it.
enum SignedURL {
    /// As it is written, and then without its port or with the one that its scheme stands for.
    static func spellings(of url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        let path = url[authority.endIndex...]
        if let port = port(of: authority) { return [url, String(url[..<port] + path)] }
        return [url, "\(url[..<authority.endIndex]):\(url.hasPrefix("https:") ? 443 : 80)\(path)"]
    }

    /// Where the colon before a port is; nil where there is none.
    private static func port(of authority: Substring) -> String.Index? {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].allSatisfy({ $0 == ":" || $0.isNumber }) else { return nil }
        return colon
    }
}
