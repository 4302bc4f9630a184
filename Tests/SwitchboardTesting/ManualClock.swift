import Messaging
import Synchronization

/// A clock that stands still until it is advanced.
public final class ManualClock: Sendable {
    private let instant: Mutex<Instant>

    /// A clock that shows 2026-11-22T18:00:00.000Z by default.
    public init(_ instant: Instant = Instant(milliseconds: 1_795_370_400_000)) { self.instant = Mutex(instant) }

    /// The time that it shows.
    public var now: Instant { instant.withLock { $0 } }

    /// The clock as a source of time.
    public var source: TimeSource { { self.now } }

    /// Moves the time forward, or back by a negative duration.
    public func advance(by duration: Duration) { instant.withLock { $0 = $0.adding(duration) } }
}
