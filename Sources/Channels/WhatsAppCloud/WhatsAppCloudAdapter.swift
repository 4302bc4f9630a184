import JSON
import Messaging
import MetaEnvelope
import Signing

/// Reads the webhooks of Meta's WhatsApp Cloud API ("Webhooks", developers.facebook.com, read 2026-11).
public struct WhatsAppCloudAdapter: ChannelAdapter {
    /// Meta retries for up to seven days what is refused, so it is a provider.
    public static let traits = AdapterTraits(
        kind: "whatsapp-cloud", sender: .provider, channels: [.whatsapp], settings: [.verifyToken, .portfolio],
        keptHeaders: [signatureHeader, "x-hub-signature"],
        statusRanks: Envelope.statusRanks, placeholders: Envelope.placeholders, passingContext: Envelope.passingContext,
        vocabulary: Envelope.vocabulary,
        development: DevelopmentAccount(name: "main", secret: .hexadecimal(bytes: 16)), sample: Envelope.sample)

    let account: Account
    /// One a secret of the account, in its order.
    let keys: [HMACKey]

    /// The account needs the app secret of the Meta app; a second one while it is being changed.
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

    /// One event for every item of every change of every entry, in the order of the body.
    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        try Envelope.events(in: JSON(ofBody: delivery.body), scopes: account.identityScopes)
    }
}
