import Synchronization

/// A query whose caller waits. The first outcome goes to the caller; later ones are ignored.
final class PendingQuery: Sendable {
    typealias Outcome = Result<PostgresRows, PostgresError>

    enum Text: Sendable {
        case statement(String, [String?])
        case script(String)
    }

    let text: Text
    private let state = Mutex(State())

    fileprivate struct State {
        var outcome: Outcome?
        var continuation: CheckedContinuation<Outcome, Never>?
        /// The wakeup of the connection that executes it.
        var wakeup: Wakeup?
        var isSent = false
    }

    init(_ text: Text) { self.text = text }

    /// Throws if the text has a NUL, at which it would be cut off silently.
    func checkForm() throws(PostgresError) {
        let parts: [String?] =
            switch text {
            case .statement(let sql, let parameters): [sql] + parameters
            case .script(let script): [script]
            }
        guard !parts.contains(where: { $0?.hasNUL == true }) else {
            throw PostgresError(.malformed, message: "the SQL or a parameter has a NUL in it, which PostgreSQL cannot store")
        }
    }

    /// Waits for the outcome; call it once.
    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.continuation = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    var isEnded: Bool { state.withLock { $0.outcome != nil } }

    /// Assigns the query to a connection, whose wakeup is signalled if the caller gives up; false if the caller already has.
    func begin(on wakeup: Wakeup) -> Bool {
        state.withLock { state in
            state.wakeup = wakeup
            return state.outcome == nil
        }
    }

    /// From here on the server may have executed the query.
    func markSent() { state.withLock { $0.isSent = true } }

    func end(_ outcome: Outcome) {
        state.withLock { $0.take(outcome) }?.resume(returning: outcome)
    }

    /// Ends the query without the server's answer, and wakes the connection that executes it.
    func abandon(as code: PostgresError.Code, because message: String) {
        let (outcome, continuation, wakeup) = state.withLock { state in
            let outcome = Outcome.failure(PostgresError(code, message: message, isOutcomeUnknown: state.isSent))
            let wakeup = state.outcome == nil ? state.wakeup : nil
            return (outcome, state.take(outcome), wakeup)
        }
        continuation?.resume(returning: outcome)
        wakeup?.signal()
    }
}

extension PendingQuery.State {
    /// The waiting caller, if this is the first outcome.
    fileprivate mutating func take(_ outcome: PendingQuery.Outcome) -> CheckedContinuation<PendingQuery.Outcome, Never>? {
        guard self.outcome == nil else { return nil }
        self.outcome = outcome
        defer { continuation = nil }
        return continuation
    }
}

extension String {
    /// Whether it contains a NUL; fast, since texts may be megabytes long.
    fileprivate var hasNUL: Bool {
        var text = self
        return text.withUTF8 { $0.contains(0) }
    }
}
