import Messaging

/// When the next delivery is due: at so many a second, or in the spacing in which they were received, faster or slower.
public struct ReplayPace: Sendable, Equatable {
    /// At most so many a second; nil for no limit.
    public private(set) var rate: Double?
    /// How many times faster than they were received; nil for no spacing.
    public private(set) var speed: Double?

    /// One a day: of a slower rate nobody sees that it goes on.
    public static let slowestRate = 1.0 / 86_400
    /// A thousandth of the pace in which they were received.
    public static let slowestSpeed = 0.001

    /// What a late start may make up for.
    private static let patience = Duration.seconds(1)
    private var previous: Duration?
    private var first: (receivedAt: Instant, due: Duration)?

    /// As fast as it goes, unless told; at least `slowestRate` and `slowestSpeed`.
    public init(rate: Double? = nil, speed: Double? = nil) {
        self.rate = rate.map { max($0, ReplayPace.slowestRate) }
        self.speed = speed.map { max($0, ReplayPace.slowestSpeed) }
    }

    /// Whether nothing ever has to wait.
    public var isUnlimited: Bool { rate == nil && speed == nil }

    /// When the delivery that was received at `receivedAt` is due; `now` and the answer count from the beginning of the replay.
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
