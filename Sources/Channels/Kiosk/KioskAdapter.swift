import CloudEvents
import Messaging

/// Reads the CloudEvents of kiosks. The source of an event, the device, is its line.
///
/// Devices sign with their secret. A session's token belongs to a person, not a device, so it is refused unless the account accepts it.
public struct KioskAdapter: ChannelAdapter {
    /// The traits of our own clients.
    public static let traits = AdapterTraits.client("kiosk", on: .kiosk, development: "lobby")

    private let authentication: ClientAuthentication
    private let reader: ClientEventReader

    /// Throws if the account has no secret, or one that is not a Standard Webhooks secret.
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
