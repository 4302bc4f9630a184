import Relay

/// Why a call failed, and what the caller has to do.
///
/// It never contains a key or password. Message, details and hint may quote values of the sent record: logs show only what
/// `CallFailure+Masked` lets through.
public struct CallFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the caller has to do.
    public typealias Disposition = Relay.Disposition

    /// The possible dispositions of a failure.
    public var disposition: Disposition
    /// The HTTP status; nil without an HTTP answer.
    public var status: Int?
    /// The SQLSTATE, PostgREST's code (`PGRST202`), or the transport's own word (`unreachable`); empty if an answer has none.
    public var code: String
    /// The message of the other side or of the transport.
    public var message: String
    /// More about this failure, if available.
    public var details: String?
    /// What the other side advises.
    public var hint: String?
    /// The database functions that were running, innermost first; empty if the transport does not report them.
    public var functions: [String]
    /// The kind of answer, without its content; nil if there was none, or it was a proper one.
    public var shape: String?
    /// How long the other side asks callers to wait. It may be zero, which is no permission to repeat calls without a pause.
    public var retryAfter: Duration?
    /// Whether the call may have succeeded all the same.
    public var isOutcomeUnknown: Bool
    /// Whether the message was written by this program, because the answer has none.
    var hasOwnWords = false
    /// Whether the connection failed before there was a session: nothing was sent.
    public var isOfConnecting = false
    /// The schema whose function was called.
    public var schema = SchemaName.public

    /// The caller decides the disposition.
    public init(
        _ disposition: Disposition, status: Int? = nil, code: String, message: String, details: String? = nil, hint: String? = nil,
        functions: [String] = [], shape: String? = nil, retryAfter: Duration? = nil, isOutcomeUnknown: Bool = false
    ) {
        self.disposition = disposition
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint
        self.functions = functions
        self.shape = shape
        self.retryAfter = retryAfter
        self.isOutcomeUnknown = isOutcomeUnknown
    }

    /// The same failure of a call in `schema`.
    /// A failure inside a function of the project's own concerns the row that the function was given, whatever the code: other rows
    /// continue. This excludes failures that can stop any statement (a deadlock, a time-out, a full disk), unless they last
    /// (`LastingFailure`).
    func called(in schema: SchemaName) -> CallFailure {
        var failure = self
        failure.schema = schema
        if failure.disposition == .pause || failure.disposition == .retry, failure.foreignFunction != nil,
            SQLState(code)?.stopsAnyStatement == false
        {
            failure.disposition = .permanent
        }
        return failure
    }

    /// `403 42501: permission denied for function switchboard_ingest`, without values that the other side may have quoted from a row. It
    /// names the function of the project's own in which the failure occurred.
    public var description: String {
        let head = [status.map { "\($0)" }, shownCode.isEmpty ? nil : shownCode].compactMap(\.self).joined(separator: " ")
        let place = foreignFunction.map { " (in \($0))" } ?? ""
        return [head, shownMessage].filter { !$0.isEmpty }.joined(separator: ": ") + place
    }
}
