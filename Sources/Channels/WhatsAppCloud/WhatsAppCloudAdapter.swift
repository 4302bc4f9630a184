import Forms
import JSON
import Messaging
import MetaEnvelope
import Signing

/// Reads the webhooks of Meta's WhatsApp Cloud API ("Webhooks", developers.facebook.com, read 2026-11).
public struct WhatsAppCloudAdapter: ChannelAdapter {
    /// A provider: Meta retries refused webhooks for up to seven days.
    public static let traits = AdapterTraits(
        kind: "whatsapp-cloud", sender: .provider, channels: [.whatsapp], settings: [.verifyToken, .portfolio],
        keptHeaders: [signatureHeader, "x-hub-signature"],
        statusRanks: Envelope.statusRanks, placeholders: Envelope.placeholders, passingContext: Envelope.passingContext,
        vocabulary: Envelope.vocabulary, apiSettings: GraphInquiry.settings,
        givenSecret: "the app secret, in Meta's app dashboard under App settings, Basic",
        development: DevelopmentAccount(name: "main", secret: .hexadecimal(bytes: 16)), sample: Envelope.sample)

    let account: Account
    /// One key per secret of the account, in order.
    let keys: [HMACKey]

    /// The account needs the Meta app's secret, and a second one while it is rotated.
    public init(account: Account) throws(AccountError) {
        guard !account.secrets.isEmpty else {
            throw AccountError(setting: "secrets", reason: "must hold the app secret of the Meta app")
        }
        var keys: [HMACKey] = []
        for (index, secret) in account.secrets.enumerated() {
            guard let key = HMACKey(Array(secret.revealed.utf8)) else {
                throw AccountError(setting: "secrets[\(index)]", reason: "must not be empty")
            }
            keys.append(key)
        }
        self.account = account
        self.keys = keys
    }

    /// One event per item of every change of every entry, in the order of the body.
    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        try Envelope.events(in: JSON(ofBody: delivery.body), scopes: account.identityScopes)
    }
}

extension WhatsAppCloudAdapter {
    static let signatureHeader = "x-hub-signature-256"
    private static let prefix = "sha256="

    /// Checks the bytes as received: Meta escapes non-ASCII characters, so JSON that was encoded again would not match.
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

    /// Signs with the first secret; Meta's signature contains no time.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        keys.prefix(1).map { key in
            let code = Hex.encode(key.authenticationCode(for: delivery.body))
            return Delivery.Header(lowercase: Self.signatureHeader, Self.prefix + code)
        }
    }
}

extension WhatsAppCloudAdapter {
    /// Echoes `hub.challenge` if the request contains the account's verify token; refuses every request if the account has none.
    public func handshake(_ request: Delivery) -> HandshakeReply? {
        let query = Form(queryOf: request.target)
        guard let expected = account.verifyToken?.revealed, !expected.isEmpty, query["hub.mode"] == "subscribe",
            let token = query["hub.verify_token"], ConstantTime.equal(token, expected), let challenge = query["hub.challenge"]
        else { return .refused }
        return .challenge(challenge)
    }

    /// The GET with which Meta verifies a callback URL ("Webhooks, Getting started", developers.facebook.com, read 2026-11).
    public func handshakeTarget(challenge: String) -> String? {
        account.verifyToken.map {
            "\(account.path)?hub.mode=subscribe&hub.challenge=\(challenge)&hub.verify_token=\($0.revealed.percentEncoded)"
        }
    }

    /// Asks Meta's Graph API.
    public func inquiry(at now: Instant) -> (any ProviderInquiry)? { GraphInquiry(account, at: now) }
}
