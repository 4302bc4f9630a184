/// Whether a receiver is called at all: after a failure it is left alone for a while, so that not every caller waits for the same answer.
///
/// The while is over early where somebody else got through meanwhile, which callers tell by a count of successful calls.
public struct Circuit<Moment: InstantProtocol>: Sendable where Moment.Duration == Duration {
    private let pauses: BackoffPolicy
    private var failures = 0
    private var pause: Pause?

    private struct Pause {
        var start: Moment
        var end: Moment
        var successes: Int
    }

    /// `pauses` is how long the receiver is left alone, by the number of failures in a row.
    public init(pauses: BackoffPolicy) { self.pauses = pauses }

    /// Whether to call at `now`; `successes` is how many calls of others ever got through. Of those that come after a pause one calls, and the
    /// others wait for what it finds.
    public mutating func mayCall(at now: Moment, successes: Int) -> Bool {
        guard let current = pause else { return true }
        // A clock that was set back would make a pause of years.
        guard now >= current.end || now < current.start || successes != current.successes else { return false }
        pause = Pause(start: now, end: now.advanced(by: pauses.longest), successes: successes)
        return true
    }

    /// The call was answered: everybody may call again.
    public mutating func succeeded() { self = Circuit(pauses: pauses) }

    /// The call was not answered: nobody calls for a while.
    public mutating func failed(at now: Moment, successes: Int) {
        failures += 1
        let length = pauses.delay(afterAttempt: failures, random: 1)
        pause = Pause(start: now, end: now.advanced(by: length), successes: successes)
    }
}
