import Messaging
import Relay
import Synchronization

/// How the way to the database is: written by those who use it, read by probes and metrics.
public final class SyncHealth: Sendable {
    private let state = Mutex(State())

    /// What is known now.
    public struct State: Sendable, Equatable {
        /// Nil while the last call went well.
        public var failure: Failure?
        /// What the last question how it is met with; nil where it was answered, or a call went well since.
        public var inquiry: Failure?
        /// Whether it was ever asked how it is.
        var wasAsked = false
        /// The last failure of all, with when it was.
        public var lastFailure: Failure?
        /// Rows carried since the start.
        public var carried = 0
        /// Rows that were refused for good since the start.
        public var refused = 0
        /// Calls that went well since the start.
        public var successfulCalls = 0
        /// Calls that failed since the start.
        public var failedCalls = 0

        /// Whether any call was answered or failed: before that nobody knows.
        public var isKnown: Bool { wasAsked || successfulCalls + failedCalls > 0 }
        /// What keeps rows out now, as far as it is known; nil where nothing does.
        public var standing: Failure? { failure ?? inquiry }
    }

    /// A call that did not go well.
    public struct Failure: Sendable, Equatable {
        /// What was answered, without records.
        public var reason: String
        public var at: Instant
        /// When the first of those in a row was.
        public internal(set) var since: Instant
        /// Whether nothing will go until somebody fixes it.
        public var isPause: Bool
        /// Whether the database answered, and refused the call.
        public var isRefusal: Bool

        init(reason: String, at instant: Instant, isPause: Bool, isRefusal: Bool = false) {
            self.reason = reason
            at = instant
            since = instant
            self.isPause = isPause
            self.isRefusal = isRefusal
        }

        /// `isPause` where rows wait that are refused for good.
        init(_ failure: CallFailure, at instant: Instant, isPause: Bool = false) {
            self.init(
                reason: MaskedRecord.masked(failure.description), at: instant, isPause: isPause || failure.disposition == .pause,
                isRefusal: failure.isRefusal)
        }
    }

    public init() {}

    public var current: State { state.withLock { $0 } }

    /// A call went well; the failure that ended with it, if one did. With `isAll` false there are records that are refused still.
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

    /// The database was asked how it is; nil where nothing keeps rows out. Rows that are refused stay so until they are taken.
    func asked(_ failure: Failure?) {
        state.withLock { state in
            state.wasAsked = true
            var failure = failure
            if let first = state.inquiry?.since { failure?.since = first }
            state.inquiry = failure
            if let failure { state.lastFailure = failure }
        }
    }

    /// A call failed; true for the first in a row, which is worth a line.
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

    /// A call was answered with a refusal of what was in it: it failed, and the way to the database is as it was.
    func refused(_ failure: Failure) {
        state.withLock { state in
            state.failedCalls += 1
            state.lastFailure = failure
        }
    }

    /// A row was refused for good, and is kept here. With `isAll` nothing is refused any more: the refusal that ended with it, if one did.
    func keptRow(isAll: Bool) -> Failure? {
        state.withLock { state in
            state.refused += 1
            guard isAll, let failure = state.failure, failure.isRefusal else { return nil }
            state.failure = nil
            return failure
        }
    }
}
