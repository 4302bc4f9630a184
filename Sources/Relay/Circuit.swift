/// A circuit breaker: after a failure nobody calls the receiver for a while, so that not every caller waits for the same failure.
///
/// The pause ends early if another caller got through, which is seen by a count of successful calls.
public struct Circuit<Moment: InstantProtocol>: Sendable where Moment.Duration == Duration {
    private let pauses: BackoffPolicy
    private var failures = 0
    private var pause: Pause?

    private struct Pause {
        var start: Moment
        var end: Moment
        var successes: Int
    }

    /// `pauses` are the lengths of the pauses, by the number of failures in a row.
    public init(pauses: BackoffPolicy) { self.pauses = pauses }

    /// Whether to call at `now`; `successes` is how many calls of others have ever succeeded. After a pause one caller calls, and the
    /// others wait for its result.
    public mutating func mayCall(at now: Moment, successes: Int) -> Bool {
        guard let current = pause else { return true }
        // If the clock was set back, the pause could last for years.
        guard now >= current.end || now < current.start || successes != current.successes else { return false }
        pause = Pause(start: now, end: now.advanced(by: pauses.longest), successes: successes)
        return true
    }

    /// The call was answered: closes the circuit, so that everybody may call.
    public mutating func succeeded() { self = Circuit(pauses: pauses) }

    /// The call was not answered: opens the circuit for a while.
    public mutating func failed(at now: Moment, successes: Int) {
        failures += 1
        let length = pauses.delay(afterAttempt: failures, random: 1)
        pause = Pause(start: now, end: now.advanced(by: length), successes: successes)
    }
}
