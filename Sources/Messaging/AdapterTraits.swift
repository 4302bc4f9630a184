/// What is known of an adapter's provider, the same for every account: it stands in the adapter's folder and nowhere else.
public struct AdapterTraits: Sendable {
    /// Unique among all adapters.
    public let kind: AdapterKind
    /// Whose mistakes it reads.
    public let sender: SenderKind
    /// What people talk through that its deliveries come from, as far as it is known.
    public let channels: [Channel]
    /// What its accounts may say beyond what all accounts may.
    public let settings: Set<AccountSetting>
    /// The order of its statuses: of two reports on one message the one of the higher rank counts, of the same rank the later one. Ranks lie ten
    /// apart, so that a step between two finds a place; `sent` is 10 with every provider.
    public let statusRanks: [String: Int]
    /// How its placeholders are known: messages whose content comes later under the same id.
    public let placeholders: PlaceholderMarks
    /// Members of a message's context that may differ between two reports of one message: what had become of it by then.
    public let passingContext: Set<String>
    /// What redaction leaves of its bodies.
    public let vocabulary: Vocabulary
    /// What an account for development needs; nil makes none.
    public let development: DevelopmentAccount?
    /// A message for a newcomer to send; nil where there is none.
    public let sample: SampleMessage?

    private let keptHeaders: [String]
    private let keptPrefixes: [String]

    /// Whose payloads these are, which decides what an unreadable one is answered.
    public enum SenderKind: Sendable {
        /// A provider sends a refused webhook for days and then disables it: what cannot be read is kept and answered 200.
        case provider
        /// Our own chat and kiosk clients are told the field that is wrong: 400, 415 or 422.
        case client
    }

    /// The traits of an adapter, which are the same in every run.
    ///
    /// `keptHeaders` are those of the provider that are kept with a delivery, lower case: what its signature needs and what tells a repetition,
    /// never a secret. `ce-*` stands for all that begin with `ce-`.
    public init(
        kind: AdapterKind, sender: SenderKind, channels: [Channel] = [], settings: Set<AccountSetting> = [], keptHeaders: [String] = [],
        statusRanks: [String: Int] = [:], placeholders: PlaceholderMarks = PlaceholderMarks(), passingContext: Set<String> = [],
        vocabulary: Vocabulary = Vocabulary(), development: DevelopmentAccount? = nil, sample: SampleMessage? = nil
    ) {
        self.kind = kind
        self.sender = sender
        self.channels = channels
        self.settings = settings
        self.keptHeaders = keptHeaders
        keptPrefixes = keptHeaders.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }
        self.statusRanks = statusRanks
        self.placeholders = placeholders
        self.passingContext = passingContext
        self.vocabulary = vocabulary
        self.development = development
        self.sample = sample
    }

    /// Whether a header is kept with a delivery; `name` in lower case. Named one by one: an unknown header may hold what a proxy in front of us
    /// adds, tokens included.
    public func keeps(header name: String) -> Bool {
        AdapterTraits.alwaysKeeps(header: name) || keptHeaders.contains(name) || keptPrefixes.contains { name.hasPrefix($0) }
    }

    /// Whether a header is kept whoever the provider is; `name` in lower case. Of a session's token only a mark is kept.
    public static func alwaysKeeps(header name: String) -> Bool {
        switch name {
        case "content-type", "content-encoding", "user-agent", "host", "date", "x-request-id", SessionToken.header: true
        default: false
        }
    }
}

/// What only some adapters let their accounts say.
public enum AccountSetting: Sendable, Hashable {
    /// `verify_token`: the provider shakes hands.
    case verifyToken
    /// `secret_header`: a sender may show a secret instead of signing.
    case secretHeader
    /// `portfolio`: senders show user ids that are the same on all accounts of a business.
    case portfolio
    /// `accepts_session_tokens`: the token of a session may stand in for a signature.
    case sessionTokens
    /// `public_url`: the provider signs the URL that it posts to. All accounts may say it; without it nothing is authentic here.
    case publicURL
}

/// What an account needs that is made for development.
public struct DevelopmentAccount: Sendable, Equatable {
    /// The last part of its path.
    public let name: AccountName
    /// The form of its random secret.
    public let secret: SecretForm

    /// How a secret is written.
    public enum SecretForm: Sendable, Equatable {
        /// Random bytes in hexadecimal.
        case hexadecimal(bytes: Int)
        /// `whsec_` and Base64 of 32 bytes.
        case standardWebhooks
    }

    /// An account of this name with one random secret; a verify token is made where the adapter takes one.
    public init(name: AccountName, secret: SecretForm) {
        self.name = name
        self.secret = secret
    }
}

/// A message that a newcomer can send, as the provider would post it.
public struct SampleMessage: Sendable {
    /// What it is called after "a signed": `WhatsApp message`.
    public let name: String
    /// The media type of its body.
    public let contentType: String
    private let text: @Sendable (String, Instant) -> String

    /// `text` makes the body of a message with this id, sent at this time.
    public init(name: String, contentType: String, text: @escaping @Sendable (_ id: String, _ now: Instant) -> String) {
        self.name = name
        self.contentType = contentType
        self.text = text
    }

    /// The body of a message that nobody sent before: `id` is hexadecimal.
    public func body(id: String, at now: Instant) -> String { text(id, now) }
}
