/// Why an account cannot be used: the setting's name and what it must be.
public struct AccountError: Error, Equatable, CustomStringConvertible {
    /// The setting's name as in the settings file: `secrets`, `verify_token`.
    public let setting: String
    /// A sentence fragment that follows the name of the setting: "must not be empty".
    public let reason: String

    /// Creates the error that stops the start.
    public init(setting: String, reason: String) {
        self.setting = setting
        self.reason = reason
    }

    /// `secrets: must not be empty`.
    public var description: String { "\(setting): \(reason)" }
}

/// Why a sender was not authenticated. It can be sent back, since it never contains a signature or a secret.
public struct AuthenticationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with the header.
    public let code: Code
    /// The header that is missing, malformed or wrong, lower case.
    public let header: String
    /// What the sender should know beside it, if anything; errors that only differ in it are equal.
    public let hint: String?

    /// The reason; a struct instead of an enum, so that a new reason does not break a switch.
    public struct Code: Sendable, Hashable {
        let name: String
        /// The header is missing.
        public static let missing = Code(name: "is missing")
        /// The header has the wrong form.
        public static let malformed = Code(name: "is malformed")
        /// The signature matches the body with none of the account's secrets.
        public static let mismatch = Code(name: "does not match the body")
        /// The header contains a secret that is not one of the account's.
        public static let wrongSecret = Code(name: "holds none of the account's secrets")
        /// The header is repeated, so two readers might each trust a different value.
        public static let repeated = Code(name: "occurs more than once")
        /// The account does not accept this kind of proof.
        public static let unaccepted = Code(name: "is not accepted by this account: the request must be signed")
        /// The timestamp differs from our time by more than five minutes.
        public static let stale = Code(name: "is outside the tolerance of five minutes")
    }

    /// `header` in lower case.
    public init(_ code: Code, header: String, hint: String? = nil) {
        self.code = code
        self.header = header
        self.hint = hint
    }

    /// `the header webhook-id is missing`, and the hint.
    public var description: String { "the header \(header) \(code.name)\(hint.map { "; \($0)" } ?? "")" }

    public static func == (one: AuthenticationError, other: AuthenticationError) -> Bool {
        one.code == other.code && one.header == other.header
    }
}

/// Why a body, or one item in it, cannot be read.
public struct PayloadError: Error, Equatable, CustomStringConvertible {
    /// The kind of error, which decides the answer's status.
    public let code: Code
    /// The path of the wrong field, "data.phone"; nil if the whole body is wrong.
    public let field: String?
    /// A sentence fragment that follows the field's name: "must be a string".
    public let reason: String

    /// The kind of error; a struct instead of an enum, so that a new kind does not break a switch.
    public struct Code: Sendable, Hashable {
        let name: String
        /// The body is empty, not JSON, not UTF-8 or nested too deeply: 400.
        public static let malformed = Code(name: "malformed")
        /// The adapter does not accept the Content-Type: 415.
        public static let mediaType = Code(name: "mediaType")
        /// The batch has more items than are accepted at once: 413.
        public static let tooMany = Code(name: "tooMany")
        /// A field is missing or wrong: 422.
        public static let field = Code(name: "field")
    }

    /// Creates the error that our own clients receive.
    public init(_ code: Code, field: String? = nil, reason: String) {
        self.code = code
        self.field = field
        self.reason = reason
    }

    /// The error for a member that its object has more than once, so that two readers might each use a different value.
    public static func repeated(_ path: String) -> PayloadError {
        PayloadError(.field, field: path, reason: "occurs more than once")
    }

    /// `data.phone must be a string`.
    public var description: String { field.map { "\($0) \(reason)" } ?? reason }

    /// The description in a form that may be logged. The sender chose the names in the body, and may have put anything there, so a field's
    /// name that does not look like a name is replaced by its length: `a field with a name of 40 bytes must be a string`.
    public var logged: String {
        field.map { $0.isPlainPath ? description : "a field with a name of \($0.utf8.count) bytes \(reason)" } ?? reason
    }
}
