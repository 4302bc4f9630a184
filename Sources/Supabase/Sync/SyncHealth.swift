import Messaging
import Relay
import Synchronization

/// The state of the connection to the database: written by its users, read by probes and metrics.
public final class SyncHealth: Sendable {
    private let state = Mutex(State())

    /// The current state.
    public struct State: Sendable, Equatable {
        /// The present failure of calls; nil while they succeed.
        public var failure: Failure?
        /// The failure of the last query of the database's state; nil if it was answered, or a call has succeeded since.
        public var inquiry: Failure?
        /// Whether the database's state was ever queried.
        var wasAsked = false
        /// The most recent failure, even if calls have succeeded since.
        public var lastFailure: Failure?
        /// Rows stored since the start.
        public var carried = 0
        /// Rows refused permanently since the start.
        public var refused = 0
        /// Successful calls since the start.
        public var successfulCalls = 0
        /// Failed calls since the start.
        public var failedCalls = 0

        /// Whether any call was answered or failed; before that the state is unknown.
        public var isKnown: Bool { wasAsked || successfulCalls + failedCalls > 0 }
        /// The known failure that prevents rows from being stored now; nil if there is none.
        public var standing: Failure? { failure ?? inquiry }
    }

    /// A failed call.
    public struct Failure: Sendable, Equatable {
        /// The answer, without values of records.
        public var reason: String
        public var at: Instant
        /// The time of the first failure in this sequence of failures.
        public internal(set) var since: Instant
        /// Whether all calls will fail until somebody fixes the cause.
        public var isPause: Bool
        /// Whether the database answered and refused the call.
        public var isRefusal: Bool

        init(reason: String, at instant: Instant, isPause: Bool, isRefusal: Bool = false) {
            self.reason = reason
            at = instant
            since = instant
            self.isPause = isPause
            self.isRefusal = isRefusal
        }

        /// `isPause` if permanently refused rows wait.
        init(_ failure: CallFailure, at instant: Instant, isPause: Bool = false) {
            self.init(
                reason: MaskedRecord.masked(failure.description), at: instant, isPause: isPause || failure.disposition == .pause,
                isRefusal: failure.isRefusal)
        }
    }

    public init() {}

    public var current: State { state.withLock { $0 } }

    /// Records a successful call; returns the failure that ended with it, if any. If `isAll` is false, some records are still refused.
    func succeeded(rows: Int, isAll: Bool = true) -> Failure? {
        state.withLock { state in
            state.carried += rows
            state.successfulCalls += 1
            state.inquiry = nil
            guard isAll else { return nil }
            defer { state.failure = nil }
            return state.failure
        }
    }

    /// Records the result of a query of the state; nil if rows can be stored. Refused rows stay refused until they are stored.
    func asked(_ failure: Failure?) {
        state.withLock { state in
            state.wasAsked = true
            var failure = failure
            if let first = state.inquiry?.since { failure?.since = first }
            state.inquiry = failure
            if let failure { state.lastFailure = failure }
        }
    }

    /// Records a failed call; returns true for the first in a sequence, which is logged.
    func failed(_ failure: Failure) -> Bool {
        state.withLock { state in
            let isNews = state.failure == nil || state.failure?.isPause != failure.isPause
            state.failedCalls += 1
            state.lastFailure = failure
            var failure = failure
            if let first = state.failure?.since { failure.since = first }
            state.failure = failure
            return isNews
        }
    }

    /// Records a call that was refused because of its content: the call failed, but the connection's state is unchanged.
    func refused(_ failure: Failure) {
        state.withLock { state in
            state.failedCalls += 1
            state.lastFailure = failure
        }
    }

    /// Records a row that was refused permanently and kept. With `isAll` nothing else is refused: returns the refusal that ended.
    func keptRow(isAll: Bool) -> Failure? {
        state.withLock { state in
            state.refused += 1
            guard isAll, let failure = state.failure, failure.isRefusal else { return nil }
            state.failure = nil
            return failure
        }
    }
}
