/// Decides whether an item can never be delivered or its receiver is only unavailable, if the error does not say which. If other items are
/// accepted between the failed attempts, the item is the cause. If none is accepted, the receiver is, and the item waits indefinitely.
struct LastingFailure: Sendable {
    /// The least number of failures.
    static var leastFailures: Int { 5 }
    /// The least time between the first and the last failure.
    static var leastTime: Duration { .seconds(120) }
    /// The least number of attempts before which others were accepted, since once may be between two outages. The last attempt must be one.
    private static var leastPasses: Int { 2 }

    private var count = 0
    private var passes = 0
    private var isPassing = false
    private var first: ContinuousClock.Instant?
    private var lastAccepted: Int?

    /// Records a failure; `accepted` is how many items the receiver has ever accepted.
    mutating func failed(at now: ContinuousClock.Instant, accepted: Int) {
        isPassing = lastAccepted.map { accepted > $0 } ?? false
        if isPassing { passes += 1 }
        count += 1
        first = first ?? now
        lastAccepted = accepted
    }

    /// Whether others were accepted between attempts.
    var haveOthersPassed: Bool { passes > 0 }

    /// Whether the item is at fault.
    func isOfItem(at now: ContinuousClock.Instant) -> Bool {
        guard let first, isPassing, passes >= Self.leastPasses else { return false }
        return count >= Self.leastFailures && first.duration(to: now) >= Self.leastTime
    }

    /// Whether to try now whether others are accepted.
    var isWorthTryingOthers: Bool { count > 0 && count % Self.leastFailures == 0 }
}
