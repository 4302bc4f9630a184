import Messaging

/// Whether the database is asked at all: after a failure it is left alone for a while, so that not every caller waits for the same answer.
struct LookupCircuit: Sendable {
    private var failures = 0
    private var closedUntil: Instant?

    private static let pauses = BackoffPolicy(first: .milliseconds(500), longest: .seconds(5))

    /// Whether to ask at `now`. Of those that come after a pause one asks, and the others wait for what it finds.
    mutating func mayAsk(at now: Instant) -> Bool {
        guard let end = closedUntil else { return true }
        guard now >= end else { return false }
        closedUntil = now.adding(Self.pauses.longest)
        return true
    }

    mutating func succeeded() { self = LookupCircuit() }

    mutating func failed(at now: Instant) {
        failures += 1
        closedUntil = now.adding(Self.pauses.delay(afterAttempt: failures, random: 1))
    }
}
