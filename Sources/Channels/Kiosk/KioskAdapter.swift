import CloudEvents
import Messaging

/// Kiosks: devices post CloudEvents; the source of an event, the device, is its line.
///
/// They have a secret and sign: whoever has a session's token is a person and no device, unless the account takes them all the same.
public struct KioskAdapter: ChannelAdapter {
    /// Those of our own clients.
    public static let traits = AdapterTraits.client("kiosk", on: .kiosk, development: "lobby")

    private let authentication: ClientAuthentication
    private let reader: ClientEventReader

    /// Throws where the account has no secret, or one that is no Standard Webhooks secret.
    public init(account: Account) throws(AccountError) {
        authentication = try ClientAuthentication(account: account, acceptsTokens: false)
        reader = ClientEventReader(channel: .kiosk, region: account.defaultRegion)
    }

    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        try authentication.authenticate(delivery, at: now)
    }

    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] { try reader.events(in: delivery) }

    public func events(in delivery: Delivery, upTo limit: Int) throws(PayloadError) -> [Event] {
        try reader.events(in: delivery, upTo: limit)
    }

    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        authentication.signatureHeaders(for: delivery, at: now)
    }
}
