import Messaging

/// Lets a burst through, and after it so many a second.
struct TokenBucket: Sendable {
    private let capacity: Double
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: Instant?

    /// Full at first.
    init(capacity: Int, perSecond: Double) {
        self.capacity = Double(capacity)
        self.perSecond = perSecond
        tokens = Double(capacity)
    }

    /// Whether one more may pass at `now`. A clock that steps back fills nothing.
    mutating func take(at now: Instant) -> Bool {
        if let filledAt, now > filledAt {
            tokens = min(capacity, tokens + Double(now.milliseconds - filledAt.milliseconds) / 1000 * perSecond)
        }
        filledAt = max(filledAt ?? now, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
