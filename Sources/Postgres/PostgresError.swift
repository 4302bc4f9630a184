/// Why a query has no answer. It never holds the password, and of what was sent only what the server quotes of it.
public struct PostgresError: Error, Equatable, Sendable, CustomStringConvertible {
    public let code: Code
    /// The server's SQLSTATE, five characters; nil where no server answered.
    public let sqlState: String?
    /// The server's own words, or libpq's; they name hosts, ports and users.
    public let message: String
    /// More about this one case, where the server says more: it may quote values of the row.
    public let detail: String?
    /// What the server advises.
    public let hint: String?
    /// The functions that were running, innermost first, with the types of what they take: `public.log_session()`.
    public let functions: [String]
    /// Whether the server may have done what was asked, all the same.
    public let isOutcomeUnknown: Bool
    /// Whether the server, or a pooler in its place, refused to open a session: nothing was sent.
    public let isOfConnecting: Bool
    /// Of a script: the first value that its last `select` before the failing statement answered; nil where there was none.
    public var lastSelected: String?

    /// An open set, so that a new reason breaks no switch.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The name is unknown, nothing takes connections there, or what does is no PostgreSQL.
        public static let unreachable = Code(description: "unreachable")
        /// Connecting took longer than the limits allow, or all of it longer than the caller's budget.
        public static let timedOut = Code(description: "timed out")
        /// The calling task was cancelled, or the pool was shut down.
        public static let cancelled = Code(description: "cancelled")
        /// The server refused the connection or the query, and said why.
        public static let server = Code(description: "refused by the server")
        /// The connection broke before the answer was complete.
        public static let lost = Code(description: "connection lost")
        /// The server sent more than the limits allow.
        public static let tooLarge = Code(description: "answer too large")
        /// The URL, the SQL or a parameter cannot be sent as it is.
        public static let malformed = Code(description: "malformed")
    }

    public init(
        _ code: Code, sqlState: String? = nil, message: String, detail: String? = nil, hint: String? = nil, functions: [String] = [],
        isOutcomeUnknown: Bool = false, isOfConnecting: Bool = false
    ) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
        self.functions = functions
        self.isOutcomeUnknown = isOutcomeUnknown
        self.isOfConnecting = isOfConnecting
    }

    /// `refused by the server: 42501: permission denied for function switchboard_ingest`.
    public var description: String { ([code.description, sqlState, message] as [String?]).compactMap(\.self).joined(separator: ": ") }
}

extension PostgresError {
    /// Whether a new session may be answered otherwise: what a role or a database has set is read when a session begins, and a correction of it is
    /// not seen before the next one. Of rights (42501), a database that takes no changes (25006) and time-outs (57014).
    var mayEndWithSession: Bool { sqlState.map { ["42501", "25006", "57014"].contains($0) } ?? false }

    static let shutDown = PostgresError(.cancelled, message: "the pool is shut down")
    /// Nobody hears it: the caller was told already.
    static let givenUp = PostgresError(.cancelled, message: "the caller gave up")
    static let outOfMemory = PostgresError(.unreachable, message: "libpq has no memory")
}
