/// Signs and checks requests by the Standard Webhooks 1.0 specification (standardwebhooks.com, read 2026-11): symmetric keys, `v1`.
public struct StandardWebhooksKey: Sendable {
    private let key: HMACKey

    /// `secret` is `whsec_` and Base64 of at least 24 bytes; nil for anything else.
    public init?(secret: String) {
        guard secret.hasPrefix("whsec_"), let bytes = Base64.decode(secret.dropFirst(6)), bytes.count >= 24,
            let key = HMACKey(bytes)
        else { return nil }
        self.key = key
    }

    /// The value of the header `webhook-signature`; `timestamp` is in seconds since 1970.
    public func signature(id: String, timestamp: String, body: [UInt8]) -> String {
        "v1," + Base64.encode(key.authenticationCode(for: prefix(id: id, timestamp: timestamp), body))
    }

    /// Whether one of the header's space-separated signatures is valid for this request.
    public func isValid(signatures header: String, id: String, timestamp: String, body: [UInt8]) -> Bool {
        // Computed once, since a header may contain hundreds of signatures and a body megabytes.
        let expected = key.authenticationCode(for: prefix(id: id, timestamp: timestamp), body)
        guard expected.count == 32 else { return false }
        return header.split(separator: " ").contains { signature in
            guard signature.hasPrefix("v1,"), let code = Base64.decode(signature.dropFirst(3)) else { return false }
            return ConstantTime.equal(code, expected)
        }
    }

    private func prefix(id: String, timestamp: String) -> [UInt8] { Array("\(id).\(timestamp).".utf8) }
}
