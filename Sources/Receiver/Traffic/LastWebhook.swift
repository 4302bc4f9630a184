import Messaging
import Synchronization

/// The time at which an account's last webhook was received and acknowledged. Connections write it without waiting for each other;
/// `AccountTraffic` reads it.
final class LastWebhook: Sendable {
    private let milliseconds = Atomic<Int64>(.min)

    /// Records a durable webhook that was received at `instant`.
    func note(_ instant: Instant) { milliseconds.store(instant.milliseconds, ordering: .relaxed) }

    /// The time of receipt; nil if there was none since the start.
    var instant: Instant? {
        let milliseconds = milliseconds.load(ordering: .relaxed)
        return milliseconds == .min ? nil : Instant(milliseconds: milliseconds)
    }
}
