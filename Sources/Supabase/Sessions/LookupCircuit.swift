import Messaging

/// Whether the database is asked at all: after a failure it is left alone for a while, so that not every caller waits for the same answer.
///
/// The while is over early where the sync got through meanwhile: `syncCalls` is how many of its calls ever did.
struct LookupCircuit: Sendable {
    private var failures = 0
    private var pause: Pause?

    private struct Pause {
        var start: Instant
        var end: Instant
        var syncCalls: Int
    }

    private static let pauses = BackoffPolicy(first: .milliseconds(500), longest: .seconds(5))

    /// Whether to ask at `now`. Of those that come after a pause one asks, and the others wait for what it finds.
    mutating func mayAsk(at now: Instant, syncCalls: Int) -> Bool {
        guard let current = pause else { return true }
        // A clock that was set back would make a pause of years.
        guard now >= current.end || now < current.start || syncCalls != current.syncCalls else { return false }
        pause = Pause(start: now, end: now.adding(Self.pauses.longest), syncCalls: syncCalls)
        return true
    }

    mutating func succeeded() { self = LookupCircuit() }

    mutating func failed(at now: Instant, syncCalls: Int) {
        failures += 1
        let length = Self.pauses.delay(afterAttempt: failures, random: 1)
        pause = Pause(start: now, end: now.adding(length), syncCalls: syncCalls)
    }
}
