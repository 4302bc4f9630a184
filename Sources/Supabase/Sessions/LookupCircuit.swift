import Messaging

/// Whether the database is asked at all: after a failure it is left alone for a while, so that not every caller waits for the same answer.
///
/// The while is over early where the sync got through meanwhile: `syncCalls` is how many of its calls ever did.
struct LookupCircuit: Sendable {
    private var failures = 0
    private var pause: Pause?

    private struct Pause {
        var end: Instant
        var syncCalls: Int
    }

    private static let pauses = BackoffPolicy(first: .milliseconds(500), longest: .seconds(5))

    /// Whether to ask at `now`. Of those that come after a pause one asks, and the others wait for what it finds.
    mutating func mayAsk(at now: Instant, syncCalls: Int) -> Bool {
        guard let current = pause else { return true }
        // An end that is farther away than any pause lasts is one of a clock that was set back since.
        let isOver = now >= current.end || current.end.since(now) > Self.pauses.longest
        guard isOver || syncCalls != current.syncCalls else { return false }
        pause = Pause(end: now.adding(Self.pauses.longest), syncCalls: syncCalls)
        return true
    }

    mutating func succeeded() { self = LookupCircuit() }

    mutating func failed(at now: Instant, syncCalls: Int) {
        failures += 1
        pause = Pause(end: now.adding(Self.pauses.delay(afterAttempt: failures, random: 1)), syncCalls: syncCalls)
    }
}
