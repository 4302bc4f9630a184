/// The facts about an adapter's provider, the same for every account. They are stated in the adapter's folder and nowhere else.
///
/// A class, since several threads pass it on with each delivery: copying all of its members would count two dozen references up and down.
public final class AdapterTraits: Sendable {
    /// Unique among all adapters.
    public let kind: AdapterKind
    /// Who sends the deliveries: a provider or one of our own clients.
    public let sender: SenderKind
    /// The channels from which its deliveries come, as far as they are known.
    public let channels: [Channel]
    /// The settings that its accounts may have besides those of all accounts.
    public let settings: Set<AccountSetting>
    /// The rank of each status. Of two reports on one message the one with the higher rank counts; with equal ranks, the later one. Ranks
    /// are ten apart, which leaves room for steps in between; `sent` is 10 for every provider.
    public let statusRanks: [String: Int]
    /// What identifies its placeholders: messages whose content arrives later under the same id.
    public let placeholders: PlaceholderMarks
    /// Members of a message's context that may differ between two reports of one message: its state at the time.
    public let passingContext: Set<String>
    /// What redaction leaves unchanged in its bodies.
    public let vocabulary: Vocabulary
    /// The settings with which its accounts can be asked about at the provider's API; none if there is nothing to ask.
    public let apiSettings: [APISetting]
    /// What the secret of its accounts is and where the provider shows it, in words; nil if the operator makes the secret.
    public let givenSecret: String?
    /// What its development account needs; nil if none is created.
    public let development: DevelopmentAccount?
    /// A message that a new user can send; nil if there is none.
    public let sample: SampleMessage?

    private let keptHeaders: [String]
    private let keptPrefixes: [String]

    /// Who sends the payloads, which decides how an unreadable one is answered.
    public enum SenderKind: Sendable {
        /// A provider retries a refused webhook for days and then disables it, so an unreadable delivery is kept and answered 200.
        case provider
        /// Our own chat and kiosk clients receive an error that names the wrong field: 400, 415 or 422.
        case client
    }

    /// Creates the traits of an adapter.
    ///
    /// `keptHeaders` lists the provider's headers that are stored with a delivery, in lower case: those that its signature needs and those
    /// that identify a retry, never a secret. `ce-*` means all headers that begin with `ce-`.
    public init(
        kind: AdapterKind, sender: SenderKind, channels: [Channel] = [], settings: Set<AccountSetting> = [], keptHeaders: [String] = [],
        statusRanks: [String: Int] = [:], placeholders: PlaceholderMarks = PlaceholderMarks(), passingContext: Set<String> = [],
        vocabulary: Vocabulary = Vocabulary(), apiSettings: [APISetting] = [], givenSecret: String? = nil,
        development: DevelopmentAccount? = nil, sample: SampleMessage? = nil
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
        self.apiSettings = apiSettings
        self.givenSecret = givenSecret
        self.development = development
        self.sample = sample
    }

    /// Whether a header is stored with a delivery; `name` is in lower case. Headers are listed one by one, since an unknown one may have
    /// been added by a proxy in front of the gateway and contain a token.
    public func keeps(header name: String) -> Bool {
        AdapterTraits.alwaysKeeps(header: name) || keptHeaders.contains(name) || keptPrefixes.contains { name.hasPrefix($0) }
    }

    /// Whether a header is stored for every provider; `name` is in lower case. Only a mark is stored of a session's token.
    public static func alwaysKeeps(header name: String) -> Bool {
        switch name {
        case "content-type", "content-encoding", "user-agent", "host", "date", "x-request-id", SessionToken.header: true
        default: false
        }
    }
}

/// The settings that only some adapters allow in their accounts.
public enum AccountSetting: Sendable, Hashable {
    /// `verify_token`: the provider performs a handshake.
    case verifyToken
    /// `secret_header`: a sender may send a secret instead of signing.
    case secretHeader
    /// `portfolio`: senders have user ids that are the same on all accounts of a business.
    case portfolio
    /// `accepts_session_tokens`: a session's token may replace a signature.
    case sessionTokens
    /// `public_url`: the provider signs its URL. Every account may have this setting; these adapters need it to authenticate.
    case publicURL
}

/// The account that is created for development.
public struct DevelopmentAccount: Sendable, Equatable {
    /// The last part of its path.
    public let name: AccountName
    /// The form of its random secret.
    public let secret: SecretForm

    /// The form of a secret.
    public enum SecretForm: Sendable, Equatable {
        /// Random bytes in hexadecimal.
        case hexadecimal(bytes: Int)
        /// `whsec_` and Base64 of 32 bytes.
        case standardWebhooks
    }

    /// An account of this name with one random secret, and with a verify token if the adapter uses one.
    public init(name: AccountName, secret: SecretForm) {
        self.name = name
        self.secret = secret
    }
}

/// A message that a new user can send, in the form in which the provider would post it.
public struct SampleMessage: Sendable {
    /// Its name in a sentence, after "a signed": `WhatsApp message`.
    public let name: String
    /// The media type of its body.
    public let contentType: String
    private let text: @Sendable (String, Instant) -> String

    /// `text` returns the body of a message with the given id, sent at the given time.
    public init(name: String, contentType: String, text: @escaping @Sendable (_ id: String, _ now: Instant) -> String) {
        self.name = name
        self.contentType = contentType
        self.text = text
    }

    /// The body of a new message; `id` is hexadecimal and must not have been used before.
    public func body(id: String, at now: Instant) -> String { text(id, now) }
}
