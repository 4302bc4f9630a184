import Foundation

/// A moment in UTC, to the millisecond, in the years 1 to 9999, which four digits can express and Postgres can store.
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// The moment, moved into the years 1 to 9999 if it is outside of them.
    public init(milliseconds: Int64) { self.milliseconds = min(max(milliseconds, Instant.first), Instant.last) }

    private static let first: Int64 = -62_135_596_800_000
    private static let last: Int64 = 253_402_300_799_999

    /// The machine's clock. Only composition code reads it; all other code receives a `TimeSource`.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whether `one` is before `other`.
    public static func < (one: Instant, other: Instant) -> Bool { one.milliseconds < other.milliseconds }

    /// The moment after a duration; a negative duration gives an earlier moment.
    public func adding(_ duration: Duration) -> Instant {
        Instant(milliseconds: milliseconds + duration.wholeMilliseconds)
    }

    /// The time from `earlier` to this moment.
    public func since(_ earlier: Instant) -> Duration { .milliseconds(milliseconds - earlier.milliseconds) }
}

extension Instant: InstantProtocol {
    /// The standard library's type: seconds and attoseconds.
    public typealias Duration = Swift.Duration

    /// The moment after a duration: `adding` under the name that `InstantProtocol` requires.
    public func advanced(by duration: Duration) -> Instant { adding(duration) }

    /// The time from this moment to `other`.
    public func duration(to other: Instant) -> Duration { other.since(self) }
}

/// Returns the current time: the machine's clock, or a test's.
public typealias TimeSource = @Sendable () -> Instant

extension Duration {
    /// The duration in milliseconds, truncated.
    public var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
