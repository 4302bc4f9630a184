import Messaging
import Synchronization

/// When an account's last webhook was acknowledged. Connections write it without waiting for each other; `AccountTraffic` reads it.
final class LastWebhook: Sendable {
    private let milliseconds = Atomic<Int64>(.min)

    /// A webhook that was received at `instant` is durable.
    func note(_ instant: Instant) { milliseconds.store(instant.milliseconds, ordering: .relaxed) }

    /// When it was received; nil if there was none since the start.
    var instant: Instant? {
        let milliseconds = milliseconds.load(ordering: .relaxed)
        return milliseconds == .min ? nil : Instant(milliseconds: milliseconds)
    }
}
