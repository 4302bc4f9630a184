import Messaging

/// Determines when the next delivery is due: by a rate, or in the spacing in which deliveries were received, faster or slower.
public struct ReplayPace: Sendable, Equatable {
    /// The largest number of deliveries per second; nil for no limit.
    public private(set) var rate: Double?
    /// How many times faster than they were received; nil to ignore the spacing.
    public private(set) var speed: Double?

    /// One per day: at a slower rate nobody would notice that the replay continues.
    public static let slowestRate = 1.0 / 86_400
    /// A thousandth of the speed at which they were received.
    public static let slowestSpeed = 0.001

    /// The largest delay that later deliveries may catch up with.
    private static let patience = Duration.seconds(1)
    private var previous: Duration?
    private var first: (receivedAt: Instant, due: Duration)?

    /// Unlimited by default; smaller values become `slowestRate` and `slowestSpeed`.
    public init(rate: Double? = nil, speed: Double? = nil) {
        self.rate = rate.map { max($0, ReplayPace.slowestRate) }
        self.speed = speed.map { max($0, ReplayPace.slowestSpeed) }
    }

    /// Whether no delivery ever has to wait.
    public var isUnlimited: Bool { rate == nil && speed == nil }

    /// When the delivery that was received at `receivedAt` is due. `now` and the result are times since the start of the replay.
    public mutating func due(receivedAt: Instant, now: Duration) -> Duration {
        var due = now
        if let rate {
            due = previous.map { max($0 + .seconds(1 / rate), now - ReplayPace.patience) } ?? now
            previous = due
        }
        guard let speed else { return due }
        guard let first else {
            first = (receivedAt, due)
            return due
        }
        return max(due, first.due + receivedAt.since(first.receivedAt) / speed)
    }

    public static func == (one: ReplayPace, other: ReplayPace) -> Bool { one.rate == other.rate && one.speed == other.speed }
}
