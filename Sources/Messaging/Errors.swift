/// Why an account cannot be used: the setting's name and what it should be.
public struct AccountError: Error, Equatable, CustomStringConvertible {
    /// As in the settings file: `secrets`, `verify_token`.
    public let setting: String
    /// A sentence fragment that follows the name of the setting: "must not be empty".
    public let reason: String

    /// What an operator reads when the start stops.
    public init(setting: String, reason: String) {
        self.setting = setting
        self.reason = reason
    }

    /// `secrets: must not be empty`.
    public var description: String { "\(setting): \(reason)" }
}

/// Why a sender is not believed. Safe to send back: it never holds a signature or a secret.
public struct AuthenticationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with the header.
    public let code: Code
    /// The header that is missing, malformed or wrong, lower case.
    public let header: String

    /// An open set, so that a new reason breaks no switch.
    public struct Code: Sendable, Hashable {
        let name: String
        /// The header is not there.
        public static let missing = Code(name: "is missing")
        /// The header has not the form it should have.
        public static let malformed = Code(name: "is malformed")
        /// It does not match the body and any of the account's secrets.
        public static let mismatch = Code(name: "does not match the body")
        /// It shows a secret, and none of the account's.
        public static let wrongSecret = Code(name: "holds none of the account's secrets")
        /// The header is there more than once: two readers might each believe another of them.
        public static let repeated = Code(name: "is there more than once")
        /// The account does not take this kind of proof.
        public static let unaccepted = Code(name: "is not accepted by this account: the request must be signed")
        /// The time in it is more than five minutes from ours.
        public static let stale = Code(name: "is outside the tolerance of five minutes")
    }

    /// `header` in lower case.
    public init(_ code: Code, header: String) {
        self.code = code
        self.header = header
    }

    /// `the header webhook-id is missing`.
    public var description: String { "the header \(header) \(code.name)" }
}

/// Why a body, or one item in it, cannot be read.
public struct PayloadError: Error, Equatable, CustomStringConvertible {
    /// Which answer it is given.
    public let code: Code
    /// The path of the field at fault, "data.phone"; nil where it is the whole body.
    public let field: String?
    /// A sentence fragment that follows the field's name: "must be a string".
    public let reason: String

    /// An open set, so that a new reason breaks no switch.
    public struct Code: Sendable, Hashable {
        let name: String
        /// The body is empty, no JSON, no UTF-8 or nested too deeply: 400.
        public static let malformed = Code(name: "malformed")
        /// The Content-Type is none that the adapter takes: 415.
        public static let mediaType = Code(name: "mediaType")
        /// The body is a batch of more items than are taken at once: 413.
        public static let tooMany = Code(name: "tooMany")
        /// A field is missing or wrong: 422.
        public static let field = Code(name: "field")
    }

    /// What our own clients are answered.
    public init(_ code: Code, field: String? = nil, reason: String) {
        self.code = code
        self.field = field
        self.reason = reason
    }

    /// Of a member that its object has more than once: two readers might each believe another of them.
    public static func repeated(_ path: String) -> PayloadError {
        PayloadError(.field, field: path, reason: "is there more than once")
    }

    /// `data.phone must be a string`.
    public var description: String { field.map { "\($0) \(reason)" } ?? reason }

    /// The same as a log may show it. Who sent a body chose the names in it too, and may have put anything there: one that is not plainly a name
    /// is told by its length: `a field with a name of 40 bytes must be a string`.
    public var logged: String {
        field.map { $0.isPlainPath ? description : "a field with a name of \($0.utf8.count) bytes \(reason)" } ?? reason
    }
}
