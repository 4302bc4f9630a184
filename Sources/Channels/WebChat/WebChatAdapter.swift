import CloudEvents
import Messaging

/// Reads the CloudEvents of web chat, posted by pages or their servers. The account is the line. Pages send the token of their session.
public struct WebChatAdapter: ChannelAdapter {
    /// The traits of our own clients.
    public static let traits = AdapterTraits.client("chat", on: .chat, development: "main")

    private let authentication: ClientAuthentication
    private let reader: ClientEventReader

    /// Throws if the account has no secret, or one that is not a Standard Webhooks secret.
    public init(account: Account) throws(AccountError) {
        authentication = try ClientAuthentication(account: account, acceptsTokens: true)
        reader = ClientEventReader(channel: .chat, line: Line(account.name.rawValue), region: account.defaultRegion)
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
