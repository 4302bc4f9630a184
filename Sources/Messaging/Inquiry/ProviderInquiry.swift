import JSON

/// Asks a provider's API about an account: pure. It says which questions to ask, takes the answers one by one, and turns them into
/// findings. The caller sends the requests.
public protocol ProviderInquiry: Sendable {
    /// The next question, which may depend on earlier answers; nil when everything has been asked.
    mutating func next() -> ProviderQuestion?
    /// Takes the answer to the last question.
    mutating func take(_ answer: ProviderAnswer)
    /// The findings so far, in the order in which deliveries depend on them.
    var findings: [Finding] { get }
}

/// A GET to a provider's API. It changes nothing there.
public struct ProviderQuestion: Sendable, Equatable {
    /// Absolute; it may contain a token, so it is never shown.
    public let url: String
    /// The headers that prove who asks.
    public let headers: [Delivery.Header]

    /// A question for one URL.
    public init(url: String, headers: [Delivery.Header] = []) {
        self.url = url
        self.headers = headers
    }
}

/// The answer to a question.
public enum ProviderAnswer: Sendable {
    /// An HTTP status and the body; a body that is not JSON is absent.
    case answered(status: Int, JSON)
    /// There was no answer; the reason in plain words.
    case failed(String)
}

/// A setting of an account with which `doctor` asks the provider's API.
public struct APISetting: Sendable, Equatable {
    /// The key in the settings file.
    public let key: String
    /// The form of its value.
    public let form: Form
    /// Whether `switchboard accounts add` writes it, with a variable that may stay empty.
    public let isOffered: Bool

    /// The form of a setting's value.
    public enum Form: Sendable, Equatable {
        /// A URL without a slash at its end.
        case url
        /// An id of letters and digits, which becomes part of a URL's path.
        case id
        /// A secret that no output shows.
        case secret
    }

    /// A setting with this key. Secrets are offered, and other settings only if the provider cannot be asked without them.
    public init(_ key: String, _ form: Form, isOffered: Bool = false) {
        self.key = key
        self.form = form
        self.isOffered = isOffered || form == .secret
    }
}
