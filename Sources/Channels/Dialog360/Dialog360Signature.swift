import Messaging
import Signing

/// The header `x-360dialog-signature`: HMAC-SHA256 of the raw body with the platform secret, in hexadecimal without a prefix ("Signature
/// Validation", docs.360dialog.com, read 2026-11).
struct Dialog360Signature: Sendable {
    static let header = "x-360dialog-signature"

    private let keys: [HMACKey]

    /// Secrets must not be empty.
    init(_ secrets: [Secret]) { keys = secrets.compactMap { HMACKey(Array($0.revealed.utf8)) } }

    func check(_ delivery: Delivery) throws(AuthenticationError) {
        guard let code = Hex.decode(try delivery.soleHeader(Self.header)), code.count == 32 else {
            throw AuthenticationError(.malformed, header: Self.header)
        }
        guard keys.contains(where: { $0.isValid(code, for: delivery.body) }) else {
            throw AuthenticationError(.mismatch, header: Self.header)
        }
    }

    /// Signs with the first secret.
    func headers(for delivery: Delivery) -> [Delivery.Header] {
        keys.prefix(1).map { Delivery.Header(lowercase: Self.header, Hex.encode($0.authenticationCode(for: delivery.body))) }
    }
}
