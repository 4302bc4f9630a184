/// Tells an item that a receiver never takes from a receiver that is away, where what the receiver says does not tell: the item fails again and
/// again for a while, and others are taken between its attempts. Where none is taken the receiver is away, and the item waits, however long.
struct LastingFailure: Sendable {
    /// How often the item fails at least.
    static var leastFailures: Int { 5 }
    /// How long it fails at least.
    static var leastTime: Duration { .seconds(120) }
    /// Between how many of its attempts others are taken at least; once may be between two outages. The last attempt is one of them.
    private static var leastPasses: Int { 2 }

    private var count = 0
    private var passes = 0
    private var isPassing = false
    private var first: ContinuousClock.Instant?
    private var lastAccepted: Int?

    /// It failed once more; `accepted` is how many items the receiver ever took.
    mutating func failed(at now: ContinuousClock.Instant, accepted: Int) {
        isPassing = lastAccepted.map { accepted > $0 } ?? false
        if isPassing { passes += 1 }
        count += 1
        first = first ?? now
        lastAccepted = accepted
    }

    /// Whether others were taken between attempts.
    var haveOthersPassed: Bool { passes > 0 }

    /// Whether the item is at fault.
    func isOfItem(at now: ContinuousClock.Instant) -> Bool {
        guard let first, isPassing, passes >= Self.leastPasses else { return false }
        return count >= Self.leastFailures && first.duration(to: now) >= Self.leastTime
    }

    /// Whether it is time to see if others are taken.
    var isWorthTryingOthers: Bool { count > 0 && count % Self.leastFailures == 0 }
}
