/// A rate limit that allows a burst, and after it a number per second.
public struct TokenBucket: Sendable {
    private let capacity: Double
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: Instant?

    /// A full bucket.
    public init(capacity: Int, perSecond: Double) {
        self.capacity = Double(capacity)
        self.perSecond = perSecond
        tokens = Double(capacity)
    }

    /// Takes a token if there is one at `now`. If the clock steps back, no tokens are added.
    public mutating func take(at now: Instant) -> Bool {
        guard hasToken(at: now) else { return false }
        tokens -= 1
        return true
    }

    /// Puts a taken token back.
    public mutating func putBack() { tokens = min(capacity, tokens + 1) }

    /// Whether `take` would succeed at `now`.
    public mutating func hasToken(at now: Instant) -> Bool {
        if let filledAt, now > filledAt {
            tokens = min(capacity, tokens + Double(now.milliseconds - filledAt.milliseconds) / 1000 * perSecond)
        }
        filledAt = max(filledAt ?? now, now)
        return tokens >= 1
    }

    /// Whole seconds from the last call until the next token, at least 1: a `Retry-After`.
    public var secondsToWait: Int { max(1, Int(((1 - tokens) / perSecond).rounded(.up))) }
}
