/// How long to wait before the next attempt.
public struct BackoffPolicy: Sendable, Equatable {
    /// The longest first wait; it doubles with each further attempt.
    public var first: Duration
    /// The longest wait of any attempt.
    public var longest: Duration

    /// How often to probe a receiver that somebody has to correct first.
    public static let probing = BackoffPolicy(first: .seconds(2), longest: .seconds(60))

    /// The default begins with a quarter of a second and ends at half a minute.
    public init(first: Duration = .milliseconds(250), longest: Duration = .seconds(30)) {
        self.first = first
        self.longest = longest
    }

    /// A random wait between half and all of the doubled one, so that instances do not return together; at least what the server asked for,
    /// up to five minutes. `random` is from 0 up to 1, `attempt` counts from 1.
    public func delay(afterAttempt attempt: Int, asked: Duration? = nil, random: Double) -> Duration {
        let doubled = min(longest, first * (1 << min(attempt - 1, 20)))
        let jittered = doubled * (0.5 + random / 2)
        return max(jittered, min(asked ?? .zero, .seconds(300)))
    }
}
