/// Authenticates and normalizes the webhooks of one account: pure, no I/O. It is made once, so keys are prepared in its init.
public protocol ChannelAdapter: Sendable {
    /// Its kind and whose mistakes it reads.
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

    /// The answer to a provider's GET; nil where the adapter knows no handshake.
    func handshake(_ request: Delivery) -> HandshakeReply?

    /// The headers with which a sender would sign this body now; for `sign` and `replay`.
    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header]
}

extension ChannelAdapter {
    /// Nil: most providers do not ask.
    public func handshake(_ request: Delivery) -> HandshakeReply? { nil }
    /// All of them: most senders are providers.
    public func events(in delivery: Delivery, upTo limit: Int) throws(PayloadError) -> [Event] { try events(in: delivery) }
}

/// What is the same for every account of an adapter.
public struct AdapterTraits: Sendable {
    /// Unique among all adapters.
    public let kind: AdapterKind
    /// Whose mistakes it reads.
    public let sender: SenderKind

    /// Whose payloads these are, which decides what an unreadable one is answered.
    public enum SenderKind: Sendable {
        /// A provider sends a refused webhook for days and then disables it: what cannot be read is kept and answered 200.
        case provider
        /// Our own chat and kiosk clients are told the field that is wrong: 400, 415 or 422.
        case client
    }

    /// The traits of an adapter, which are the same in every run.
    public init(kind: AdapterKind, sender: SenderKind) {
        self.kind = kind
        self.sender = sender
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
    /// 200 with this as the whole body, as text/plain.
    case challenge(String)
    /// 403.
    case refused
}
