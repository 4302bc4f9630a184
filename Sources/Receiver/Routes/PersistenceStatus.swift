import JSON
import Messaging

/// The state of the sync to the shared database, for probes and metrics.
public struct PersistenceStatus: Sendable {
    /// Rows that are not in the database yet.
    public var outboxDepth: Int
    /// When the oldest of these rows was stored; nil if there are none.
    public var oldestUnsynced: Instant?
    /// Whether any call has been answered or has failed since the start.
    public var isKnown: Bool
    /// Why the last call failed; nil if it succeeded.
    public var failure: String?
    /// Whether the database answered the last call with a refusal.
    public var isRefused: Bool
    /// The last failure, which may be over, with its time.
    public var lastError: (reason: String, at: Instant)?
    /// Rows written to the database since the start.
    public var carriedRows: Int
    /// Rows that the database has refused for good since the start.
    public var refusedRows: Int
    /// Failed calls since the start.
    public var failedCalls: Int

    /// The state at one moment.
    public init(
        outboxDepth: Int, oldestUnsynced: Instant?, isKnown: Bool = true, failure: String?, isRefused: Bool = false,
        lastError: (reason: String, at: Instant)?, carriedRows: Int, refusedRows: Int, failedCalls: Int
    ) {
        self.outboxDepth = outboxDepth
        self.oldestUnsynced = oldestUnsynced
        self.isKnown = isKnown
        self.failure = failure
        self.isRefused = isRefused
        self.lastError = lastError
        self.carriedRows = carriedRows
        self.refusedRows = refusedRows
        self.failedCalls = failedCalls
    }

    /// Whether the database answered the last call, even with a refusal; nil before the first call was answered or failed.
    var isReachable: Bool? { isKnown ? failure == nil || isRefused : nil }
    /// Whether the database refused the last call; nil before that is known.
    var refuses: Bool? { isKnown ? failure != nil && isRefused : nil }

    /// One word for the state: `connected`, `refused`, `unreachable`, or `unknown` before the first call.
    public var word: String {
        guard isKnown else { return "unknown" }
        return failure == nil ? "connected" : isRefused ? "refused" : "unreachable"
    }

    /// Writes the state as JSON; `inWords` adds the reason of the last failure.
    public func write(to writer: inout JSONWriter, at now: Instant, inWords: Bool) {
        writer.object { sync in
            sync.member("outbox_depth", outboxDepth)
            if let oldestUnsynced { sync.member("oldest_unsynced_seconds", max(0, now.since(oldestUnsynced).components.seconds)) }
            for (name, value) in [("reachable", isReachable), ("refused", refuses)] {
                if let value { sync.member(name, value) } else { sync.member(name, raw: "null") }
            }
            sync.member("last_error", ifPresent: inWords ? lastError?.reason : nil)
            sync.member("last_error_at", ifPresent: lastError?.at.description)
        }
    }
}
