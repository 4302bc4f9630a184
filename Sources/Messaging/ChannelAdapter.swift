/// Authenticates and normalizes the webhooks of one account: pure, no I/O. It is made once, so keys are prepared in its init.
public protocol ChannelAdapter: Sendable {
    /// What is known of its provider, the same for every account.
    static var traits: AdapterTraits { get }

    /// Throws where the account lacks what the adapter needs, or a secret has not the form it must have.
    init(account: Account) throws(AccountError)

    /// Who sent it, over the raw bytes and in constant time; throws where nobody proved it. Its errors never tell the right signature.
    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof

    /// Every item of the delivery in order, one event each; an item that cannot be read is an event with unreadable content. Throws only
    /// where nothing of the body can be read.
    func events(in delivery: Delivery) throws(PayloadError) -> [Event]

    /// As `events(in:)`; throws `.tooMany`, before its items are read, where our own client posts a batch of more than `limit`. A provider's
    /// is read whole, however long: it has no other way to send its items.
    func events(in delivery: Delivery, upTo limit: Int) throws(PayloadError) -> [Event]

    /// The answer to a delivery that is durable, in the form that the provider wants; nil answers 200 with the outcome as JSON.
    func reply(to outcome: DeliveryOutcome) -> DeliveryReply?

    /// The answer to a provider's GET; nil where the adapter knows no handshake.
    func handshake(_ request: Delivery) -> HandshakeReply?

    /// Path and query to which a sender would post this body, where its proof stands there; for `sign` and `replay`.
    func signedTarget(for delivery: Delivery) -> String

    /// The headers with which a sender would sign this body now, posted to this target; for `sign` and `replay`.
    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header]
}

extension ChannelAdapter {
    /// All of them: most senders are providers.
    public func events(in delivery: Delivery, upTo limit: Int) throws(PayloadError) -> [Event] { try events(in: delivery) }
    /// Nil: most providers look at the status alone.
    public func reply(to outcome: DeliveryOutcome) -> DeliveryReply? { nil }
    /// Nil: most providers do not ask.
    public func handshake(_ request: Delivery) -> HandshakeReply? { nil }
    /// As it is: most senders prove themselves by headers alone.
    public func signedTarget(for delivery: Delivery) -> String { delivery.target }

    /// The delivery as its sender would post it now: with this proof in the place of any other.
    public func signed(_ delivery: Delivery, at now: Instant) -> Delivery {
        var signed = delivery
        signed.target = signedTarget(for: delivery)
        let headers = signatureHeaders(for: signed, at: now)
        signed.headers.removeAll { header in headers.contains { $0.name == header.name } }
        signed.headers += headers
        return signed
    }
}

/// What proved the sender.
public enum Proof: Sendable, Equatable {
    /// A signature over the body, or a secret that only the sender has.
    case signature
    /// Good only while the session of this token is active; the person is that session's.
    case sessionToken(Secret)
}

/// The answer to a handshake.
public enum HandshakeReply: Sendable, Equatable {
    /// 200 with this as the whole body.
    case challenge(String, contentType: String = "text/plain")
    /// 403.
    case refused
}
