/// How long to wait before the next attempt.
public struct BackoffPolicy: Sendable, Equatable {
    /// The longest first wait; it doubles with each attempt.
    public var first: Duration
    /// The longest wait of all.
    public var longest: Duration

    /// How often a receiver is asked again that somebody has to correct first.
    public static let probing = BackoffPolicy(first: .seconds(2), longest: .seconds(60))

    /// A quarter of a second at first, half a minute at most, unless told.
    public init(first: Duration = .milliseconds(250), longest: Duration = .seconds(30)) {
        self.first = first
        self.longest = longest
    }

    /// Between half and all of the doubled wait, by `random` from 0 up to 1, so that instances do not come back all at once; never less
    /// than what the server asked for, up to five minutes. `attempt` counts from 1.
    public func delay(afterAttempt attempt: Int, asked: Duration? = nil, random: Double) -> Duration {
        let doubled = min(longest, first * (1 << min(attempt - 1, 20)))
        let jittered = doubled * (0.5 + random / 2)
        return max(jittered, min(asked ?? .zero, .seconds(300)))
    }
}
