/// Why a query failed. It never contains the password; of the query it contains only what the server quotes.
public struct PostgresError: Error, Equatable, Sendable, CustomStringConvertible {
    public let code: Code
    /// The server's SQLSTATE, five characters; nil if no server answered.
    public let sqlState: String?
    /// The server's message, or libpq's; it may name hosts, ports and users.
    public let message: String
    /// The server's detail about this error, if any; it may quote values of the row.
    public let detail: String?
    /// The server's hint.
    public let hint: String?
    /// The functions that were running, innermost first, with their argument types: `public.log_session()`.
    public let functions: [String]
    /// Whether the server may have executed the query all the same.
    public let isOutcomeUnknown: Bool
    /// Whether the server, or a pooler in front of it, refused to open a session, so that nothing was sent.
    public let isOfConnecting: Bool
    /// For a script: the first value of its last `select` before the failing statement; nil if there was none.
    public var lastSelected: String?

    /// An open set of codes, so that a new code breaks no switch.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The host name is unknown, nothing accepts connections there, or it is not a PostgreSQL server.
        public static let unreachable = Code(description: "unreachable")
        /// Connecting took longer than the limit, or the whole call longer than the caller's budget.
        public static let timedOut = Code(description: "timed out")
        /// The calling task was cancelled, or the pool was shut down.
        public static let cancelled = Code(description: "cancelled")
        /// The server refused the connection or the query, and gave a reason.
        public static let server = Code(description: "refused by the server")
        /// The connection broke before the answer was complete.
        public static let lost = Code(description: "connection lost")
        /// The server sent more than the limit.
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
    /// Whether a new session may get another answer: settings of a role or database are read at the start of a session, so a correction
    /// only takes effect in the next one. This concerns permissions (42501), read-only databases (25006) and time-outs (57014).
    var mayEndWithSession: Bool { sqlState.map { ["42501", "25006", "57014"].contains($0) } ?? false }

    static let shutDown = PostgresError(.cancelled, message: "the pool is shut down")
    /// Not shown to anybody: the caller already has its outcome.
    static let givenUp = PostgresError(.cancelled, message: "the caller gave up")
    static let outOfMemory = PostgresError(.unreachable, message: "libpq has no memory")
}
