/// Authenticates and normalizes the webhooks of one account: pure, no I/O. Created once, so its init prepares the keys.
public protocol ChannelAdapter: Sendable {
    /// The facts about its provider, the same for every account.
    static var traits: AdapterTraits { get }

    /// Throws if the account lacks what the adapter needs, or if a secret has the wrong form.
    init(account: Account) throws(AccountError)

    /// Authenticates the sender by the raw bytes, in constant time, or throws. Errors never contain the expected signature.
    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof

    /// Returns one event per item of the delivery, in order; an item that cannot be read is an event with unreadable content. Throws only
    /// if nothing in the body can be read.
    func events(in delivery: Delivery) throws(PayloadError) -> [Event]

    /// Like `events(in:)`, but throws `.tooMany`, before reading the items, if one of our own clients posts a batch of more than `limit`. A
    /// provider's batch is read whole, whatever its length: the provider cannot send its items in another way.
    func events(in delivery: Delivery, upTo limit: Int) throws(PayloadError) -> [Event]

    /// The answer to a delivery that is durable, in the form that the provider expects; nil answers 200 with the outcome as JSON.
    func reply(to outcome: DeliveryOutcome) -> DeliveryReply?

    /// The answer to a provider's GET; nil if the adapter has no handshake.
    func handshake(_ request: Delivery) -> HandshakeReply?

    /// The path and query of the GET with which the provider would verify the webhook, with this challenge; nil if there is no handshake,
    /// or if the account refuses every handshake. For `doctor`.
    func handshakeTarget(challenge: String) -> String?

    /// What the provider's API can be asked about the account; nil if there is nothing to ask. For `doctor`.
    func inquiry(at now: Instant) -> (any ProviderInquiry)?

    /// The path and query to which a sender would post this body, if they contain its proof; for `sign` and `replay`.
    func signedTarget(for delivery: Delivery) -> String

    /// The headers with which a sender would sign this body now for its target; for `sign` and `replay`.
    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header]
}

extension ChannelAdapter {
    /// Returns all events without a limit: most senders are providers.
    public func events(in delivery: Delivery, upTo limit: Int) throws(PayloadError) -> [Event] { try events(in: delivery) }
    /// Returns nil: most providers only look at the status.
    public func reply(to outcome: DeliveryOutcome) -> DeliveryReply? { nil }
    /// Returns nil: most providers have no handshake.
    public func handshake(_ request: Delivery) -> HandshakeReply? { nil }
    /// Returns nil: most providers have no handshake.
    public func handshakeTarget(challenge: String) -> String? { nil }
    /// Returns nil: there is nothing to ask.
    public func inquiry(at now: Instant) -> (any ProviderInquiry)? { nil }
    /// Returns the target unchanged: most senders authenticate by headers alone.
    public func signedTarget(for delivery: Delivery) -> String { delivery.target }

    /// The delivery as its sender would post it now: with a new proof instead of any existing one.
    public func signed(_ delivery: Delivery, at now: Instant) -> Delivery {
        var signed = delivery
        signed.target = signedTarget(for: delivery)
        let headers = signatureHeaders(for: signed, at: now)
        signed.headers.removeAll { header in headers.contains { $0.name == header.name } }
        signed.headers += headers
        return signed
    }
}

/// What authenticated the sender.
public enum Proof: Sendable, Equatable {
    /// A signature over the body, or a secret that only the sender has.
    case signature
    /// A session's token, valid only while that session is active; the event's person is the session's.
    case sessionToken(Secret)
}

/// The answer to a handshake.
public enum HandshakeReply: Sendable, Equatable {
    /// 200 with this text as the whole body.
    case challenge(String, contentType: String = "text/plain")
    /// 403.
    case refused
}
