import Messaging
import Signing

extension WhatsAppCloudAdapter {
    static let signatureHeader = "x-hub-signature-256"
    private static let prefix = "sha256="

    /// Over the bytes as they came: Meta escapes what is not ASCII, so JSON that was written anew would not match.
    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        let header = try delivery.soleHeader(Self.signatureHeader)
        guard header.hasPrefix(Self.prefix), let code = Hex.decode(header.dropFirst(Self.prefix.count)), code.count == 32 else {
            throw AuthenticationError(.malformed, header: Self.signatureHeader)
        }
        guard keys.contains(where: { $0.isValid(code, for: delivery.body) }) else {
            throw AuthenticationError(.mismatch, header: Self.signatureHeader)
        }
        return .signature
    }

    /// With the first secret; Meta's signature holds no time.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        keys.prefix(1).map { key in
            let code = Hex.encode(key.authenticationCode(for: delivery.body))
            return Delivery.Header(lowercase: Self.signatureHeader, Self.prefix + code)
        }
    }
}
