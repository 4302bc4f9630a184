import Logging
import Messaging
import SQLiteStore
import Synchronization

/// The time by which retention decides what is old. A wrong clock must not delete what is young: a jump forward of more than a day is
/// believed after a day in which the clock has not gone back.
final class RetentionClock: Sendable {
    private struct State {
        var time: Instant
        var at: ContinuousClock.Instant
        /// When the clock was first seen to be ahead; nil if it is believed.
        var doubtedSince: ContinuousClock.Instant?
    }

    private let state = Mutex<State?>(nil)

    static let largestStep: Duration = .seconds(86_400)

    /// Whether `time` has been called.
    var hasBegun: Bool { state.withLock { $0 != nil } }

    /// The time to use at `moment`, if the machine's clock shows `clock`, and whether a doubt begins with this call. `latest` is the latest
    /// time that is known from before the first call; without it, the clock is believed then.
    func time(
        _ clock: Instant, patience: Duration, since latest: Instant?, at moment: ContinuousClock.Instant = .now
    ) -> (time: Instant, isNewDoubt: Bool) {
        state.withLock { state in
            var next = state ?? State(time: latest ?? clock, at: moment)
            next.time = next.time.adding(moment - next.at)
            next.at = moment
            let since = next.doubtedSince ?? moment
            if clock > next.time.adding(Self.largestStep), moment - since < patience {
                next.doubtedSince = since
            } else {
                (next.time, next.doubtedSince) = (clock, nil)
            }
            defer { state = next }
            return (next.time, next.doubtedSince != nil && state?.doubtedSince == nil)
        }
    }
}

extension Journal {
    /// The time by which retention decides what is old.
    func retentionTime() async throws(JournalError) -> Instant {
        let clock = now()
        guard configuration.clockPatience > .zero else { return clock }
        let latest = retentionClock.hasBegun ? nil : try await reader.latestDelivery()
        let (time, isNewDoubt) = retentionClock.time(clock, patience: configuration.clockPatience, since: latest)
        if isNewDoubt {
            logger.info(
                "the clock is more than a day ahead of the latest delivery or has jumped: nothing is deleted because of its age for a day",
                metadata: ["clock.expected": "\(time)"])
        }
        return time
    }
}

extension JournalReader {
    /// When the last delivery was received; nil if there is none.
    fileprivate func latestDelivery() async throws(JournalError) -> Instant? {
        try await read { db in
            let sql = """
                SELECT coalesce((SELECT received_at FROM deliveries ORDER BY last_seq DESC LIMIT 1),
                  (SELECT last_received_at FROM delivery_blocks ORDER BY first_seq DESC LIMIT 1))
                """
            return try db.statement(sql).first { $0.string(0) }?.flatMap { Instant(rfc3339: $0) }
        }
    }
}
