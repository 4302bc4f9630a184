/// One configured endpoint of an adapter, with what proves its senders: `/webhooks/{adapter}/{account}`.
public struct Account: Sendable, Equatable {
    /// Which adapter reads its deliveries.
    public var adapter: AdapterKind
    /// The last part of its path.
    public var name: AccountName

    /// What senders sign with; the first signs what we sign, any of them is accepted, so that a secret can be rotated.
    public var secrets: [Secret]

    /// What a provider's handshake must show (Meta's `hub.verify_token`); nil refuses handshakes.
    public var verifyToken: Secret?

    /// Where local numbers belong: ISO 3166-1 alpha-2, "IN".
    public var defaultRegion: String

    /// The common name of the certificate that its senders must show in TLS; nil asks for none.
    public var clientName: String?

    /// Requests a second that are taken; nil for any number.
    public var rate: Int?

    /// Whether a session's token may stand in for a signature; nil leaves it to the adapter.
    public var acceptsSessionTokens: Bool?

    /// An account that takes no handshakes unless it is given a token for them.
    public init(
        adapter: AdapterKind, name: AccountName, secrets: [Secret], verifyToken: Secret? = nil, defaultRegion: String = "IN",
        clientName: String? = nil, rate: Int? = nil, acceptsSessionTokens: Bool? = nil
    ) {
        self.adapter = adapter
        self.name = name
        self.secrets = secrets
        self.verifyToken = verifyToken
        self.defaultRegion = defaultRegion
        self.clientName = clientName
        self.rate = rate
        self.acceptsSessionTokens = acceptsSessionTokens
    }

    /// The path of its webhook.
    public var path: String { "/webhooks/\(adapter)/\(name)" }
}
