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

    /// The header in which a sender that does not sign shows one of the secrets, lower case; nil where senders sign.
    public var secretHeader: String?

    /// The business portfolio that the settings name for it; nil leaves it to what it shares with other accounts.
    public var portfolio: String?

    /// Where the user ids that its senders show are unique: its portfolio, or its own name. It is part of what is stored of a person, so it
    /// is the same in every run (`Portfolios`).
    public var scope: String

    /// How the outside reaches the gateway, without a slash at its end: `https://hooks.example`. Some providers sign it.
    public var publicURL: String

    /// Where local numbers belong: ISO 3166-1 alpha-2.
    public var defaultRegion: String

    /// Where local numbers belong unless the settings say otherwise.
    public static let defaultRegion = "IN"

    /// The common name of the certificate that its senders must show in TLS; nil asks for none.
    public var clientName: String?

    /// Requests a second that are taken; nil for any number.
    public var rate: Int?

    /// Whether a session's token may stand in for a signature; nil leaves it to the adapter.
    public var acceptsSessionTokens: Bool?

    /// An account that takes no handshakes unless it is given a token for them.
    public init(
        adapter: AdapterKind, name: AccountName, secrets: [Secret], verifyToken: Secret? = nil, secretHeader: String? = nil,
        portfolio: String? = nil, publicURL: String = "http://127.0.0.1:8000", defaultRegion: String = Self.defaultRegion,
        clientName: String? = nil, rate: Int? = nil,
        acceptsSessionTokens: Bool? = nil
    ) {
        self.adapter = adapter
        self.name = name
        self.secrets = secrets
        self.verifyToken = verifyToken
        self.secretHeader = secretHeader
        self.portfolio = portfolio
        scope = portfolio ?? name.rawValue
        self.publicURL = publicURL
        self.defaultRegion = defaultRegion
        self.clientName = clientName
        self.rate = rate
        self.acceptsSessionTokens = acceptsSessionTokens
    }

    /// The scopes under which a user id that its senders show is kept: that of its portfolio, and its own name, by which an earlier version
    /// knows the person.
    public var identityScopes: [String] { scope == name.rawValue ? [scope] : [scope, name.rawValue] }

    /// The path of its webhook.
    public var path: String { "/webhooks/\(adapter)/\(name)" }

    /// The URL that the sender posted a delivery to, whole: scheme, host, path and query.
    public func url(of delivery: Delivery) -> String { publicURL + delivery.target }
}
