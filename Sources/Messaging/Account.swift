/// One configured endpoint of an adapter, `/webhooks/{adapter}/{account}`, with the secrets that authenticate its senders.
public struct Account: Sendable, Equatable {
    /// The adapter that reads its deliveries.
    public var adapter: AdapterKind
    /// The last part of its path.
    public var name: AccountName

    /// The secrets of its senders: any of them is accepted, so that one can be rotated; we sign with the first.
    public var secrets: [Secret]

    /// The token that a provider's handshake must contain (Meta's `hub.verify_token`); nil refuses handshakes.
    public var verifyToken: Secret?

    /// The header, in lower case, in which a sender that does not sign sends one of the secrets; nil if senders sign.
    public var secretHeader: String?

    /// The account's business portfolio as named in the settings; nil derives it from the accounts that share a secret with this one.
    public var portfolio: String?

    /// The scope within which its senders' user ids are unique: its portfolio, or its own name. It is stored with people, so it must be the
    /// same in every run (`Portfolios`).
    public var scope: String

    /// The address under which senders reach the gateway, without a trailing slash: `https://hooks.example`. Some providers sign it.
    public var publicURL: String

    /// The region of local numbers: ISO 3166-1 alpha-2.
    public var defaultRegion: String

    /// The region of local numbers unless the settings name another.
    public static let defaultRegion = "IN"

    /// The common name that its senders' TLS client certificate must have; nil requires no certificate.
    public var clientName: String?

    /// The most requests per second that are accepted; nil for no limit.
    public var rate: Int?

    /// Whether a session's token is accepted instead of a signature; nil leaves this to the adapter.
    public var acceptsSessionTokens: Bool?

    /// The settings with which `doctor` may ask the provider about the account, by their keys (`AdapterTraits.apiSettings`). No webhook
    /// depends on them.
    public var api: [String: Secret]

    /// Creates an account, which refuses handshakes unless it has a verify token.
    public init(
        adapter: AdapterKind, name: AccountName, secrets: [Secret], verifyToken: Secret? = nil, secretHeader: String? = nil,
        portfolio: String? = nil, publicURL: String = "http://127.0.0.1:8000", defaultRegion: String = Self.defaultRegion,
        clientName: String? = nil, rate: Int? = nil, acceptsSessionTokens: Bool? = nil, api: [String: Secret] = [:]
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
        self.api = api
    }

    /// The scopes under which a sender's user id is stored: the portfolio's, and the account's own name, which earlier versions use.
    public var identityScopes: [String] { scope == name.rawValue ? [scope] : [scope, name.rawValue] }

    /// The path of its webhook.
    public var path: String { "/webhooks/\(adapter)/\(name)" }

    /// The URL that is entered at the provider.
    public var webhookURL: String { publicURL + path }

    /// The complete URL to which the sender posted a delivery: scheme, host, path and query.
    public func url(of delivery: Delivery) -> String { publicURL + delivery.target }
}
