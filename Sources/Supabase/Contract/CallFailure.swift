import Relay

/// Why a call has no answer, and what is to be done about it.
///
/// It never holds a key or a password. Message, details and hint may quote values of the record that was sent: only what `CallFailure+Masked` lets
/// through is shown.
public struct CallFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the caller has to do.
    public typealias Disposition = Relay.Disposition

    /// What the caller has to do.
    public var disposition: Disposition
    /// The HTTP status; nil where there was no HTTP answer.
    public var status: Int?
    /// The SQLSTATE, PostgREST's code (`PGRST202`), or the transport's own word (`unreachable`); empty where an answer has none.
    public var code: String
    /// What the other side said, or the transport.
    public var message: String
    /// More about this one case, where there is more.
    public var details: String?
    /// What the other side advises.
    public var hint: String?
    /// The database's functions that were running, innermost first; empty where the way to it does not tell.
    public var functions: [String]
    /// What the answer looked like, without what is in it; nil where there was none, or a good one.
    public var shape: String?
    /// How long the other side asks to be left alone; zero is possible, and no advice to hammer it.
    public var retryAfter: Duration?
    /// Whether it may have been done all the same.
    public var isOutcomeUnknown: Bool
    /// Whether the message is this program's own, of an answer that says nothing.
    var hasOwnWords = false
    /// Whether there was no session yet: nothing was sent.
    public var isOfConnecting = false
    /// The schema whose function was called.
    public var schema = SchemaName.public

    /// Whoever makes one classifies it.
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

    /// The same, of a call of a function in `schema`.
    ///
    /// What a function of the project's own fails with is about the row that it was given, whatever its code says: the rows beside it go on. What the
    /// server itself can stop any statement with, such as a deadlock, a time-out or a full disk, is not, until it lasts (`LastingFailure`).
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

    /// `403 42501: permission denied for function switchboard_ingest`, without values that the other side may have quoted of a row.
    /// It names the function of the project's own in which it came up.
    public var description: String {
        let head = [status.map { "\($0)" }, shownCode.isEmpty ? nil : shownCode].compactMap(\.self).joined(separator: " ")
        let place = foreignFunction.map { " (in \($0))" } ?? ""
        return [head, shownMessage].filter { !$0.isEmpty }.joined(separator: ": ") + place
    }
}
