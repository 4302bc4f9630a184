import Messaging
import Signing

/// Authenticates our own clients by a Standard Webhooks signature (servers, kiosks) or a session's token (browsers).
public struct ClientAuthentication: Sendable {
    /// The most seconds by which a signature's time may differ from ours, either way.
    static let tolerance: Int64 = 300

    private let primary: StandardWebhooksKey
    private let others: [StandardWebhooksKey]
    private let acceptsTokens: Bool

    /// Throws if the account has no secret, or one that is not `whsec_` and Base64 of at least 24 bytes. `acceptsTokens` is used if the
    /// account does not say whether a session's token is accepted.
    public init(account: Account, acceptsTokens: Bool) throws(AccountError) {
        var keys: [StandardWebhooksKey] = []
        for (index, secret) in account.secrets.enumerated() {
            guard let key = StandardWebhooksKey(secret: secret.revealed) else {
                throw AccountError(setting: "secrets[\(index)]", reason: "must be whsec_ and Base64 of at least 24 bytes")
            }
            keys.append(key)
        }
        guard let first = keys.first else { throw AccountError(setting: "secrets", reason: "must hold at least one secret") }
        primary = first
        others = Array(keys.dropFirst())
        self.acceptsTokens = account.acceptsSessionTokens ?? acceptsTokens
    }

    /// Whether the sender relies on a session's token; a signature takes precedence over a token.
    static func isByToken(_ delivery: Delivery) -> Bool {
        delivery.header(SessionToken.header) != nil && delivery.header("webhook-signature") == nil
    }

    /// Authenticates the sender. A token is only passed on, since it is not known here whether its session is active.
    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        if ClientAuthentication.isByToken(delivery) { return try proofByToken(delivery) }
        if acceptsTokens, delivery.header("webhook-signature") == nil {
            throw AuthenticationError(
                .missing, header: "webhook-signature",
                hint: "instead of a signature, a browser sends its session's token as X-Session-Token")
        }
        let signatures = try delivery.soleHeader("webhook-signature")
        let id = try delivery.soleHeader("webhook-id")
        let timestamp = try delivery.soleHeader("webhook-timestamp")
        guard signatures.split(separator: " ").contains(where: { $0.hasPrefix("v1,") }) else {
            throw AuthenticationError(.malformed, header: "webhook-signature")
        }
        try check(timestamp, at: now)
        let isValid = ([primary] + others).contains {
            $0.isValid(signatures: signatures, id: id, timestamp: timestamp, body: delivery.body)
        }
        guard isValid else { throw AuthenticationError(.mismatch, header: "webhook-signature") }
        return .signature
    }

    /// The three headers of a signature with the first secret. The id is a digest of the body, so a replay has the same id.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        let id = "msg_" + Hex.encode(Array(Digest.sha256(delivery.body).prefix(16)))
        let timestamp = String(now.seconds)
        let signature = primary.signature(id: id, timestamp: timestamp, body: delivery.body)
        return [
            Delivery.Header(lowercase: "webhook-id", id),
            Delivery.Header(lowercase: "webhook-timestamp", timestamp),
            Delivery.Header(lowercase: "webhook-signature", signature),
        ]
    }

    private func proofByToken(_ delivery: Delivery) throws(AuthenticationError) -> Proof {
        guard acceptsTokens else { throw AuthenticationError(.unaccepted, header: SessionToken.header) }
        let token = try delivery.soleHeader(SessionToken.header)
        guard SessionToken.isPossible(token) else { throw AuthenticationError(.malformed, header: SessionToken.header) }
        return .sessionToken(Secret(token))
    }

    private func check(_ timestamp: String, at now: Instant) throws(AuthenticationError) {
        guard let seconds = Int64(timestamp) else { throw AuthenticationError(.malformed, header: "webhook-timestamp") }
        let tolerated = now.seconds - ClientAuthentication.tolerance...now.seconds + ClientAuthentication.tolerance
        guard tolerated.contains(seconds) else { throw AuthenticationError(.stale, header: "webhook-timestamp") }
    }
}

extension Instant {
    fileprivate var seconds: Int64 { milliseconds / 1000 }
}
