import JSON
import Messaging

/// How the way to the shared database is, as probes and metrics tell it.
public struct PersistenceStatus: Sendable {
    /// Rows that the database has not got yet.
    public var outboxDepth: Int
    /// When the first of them was stored; nil where none waits.
    public var oldestUnsynced: Instant?
    /// Whether any call was answered or failed since the start.
    public var isKnown: Bool
    /// Why the last call failed; nil where it went well.
    public var failure: String?
    /// Whether the database answered the last call, and refused it.
    public var isRefused: Bool
    /// The last failure of all, which may be over; with when it was.
    public var lastError: (reason: String, at: Instant)?
    /// Rows carried since the start.
    public var carriedRows: Int
    /// Rows refused for good since the start.
    public var refusedRows: Int
    /// Calls that failed since the start.
    public var failedCalls: Int

    /// What is known at one moment.
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

    /// Whether the database answered the last call, be it with a refusal; nil before the first had an answer or failed.
    var isReachable: Bool? { isKnown ? failure == nil || isRefused : nil }
    /// Whether it answered that it refuses the call; nil before that is known.
    var refuses: Bool? { isKnown ? failure != nil && isRefused : nil }

    /// `inWords` adds why the last call that failed did.
    func write(to writer: inout JSONWriter, at now: Instant, inWords: Bool) {
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
