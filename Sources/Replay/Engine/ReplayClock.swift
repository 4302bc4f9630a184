/// The time of one replay, and whether somebody stopped it.
public struct ReplayClock: Sendable {
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void
    private let stopped: @Sendable () -> Bool
    private let started: ContinuousClock.Instant

    /// Begins now. `isStopped` is asked before each step and while it waits; the time is the machine's, unless a test has its own.
    public init(
        isStopped: @escaping @Sendable () -> Bool = { false }, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.now = now
        self.sleep = sleep
        stopped = isStopped
        started = now()
    }

    /// Whether nothing new may begin.
    var isStopped: Bool { stopped() }

    /// The time since the beginning.
    var elapsed: Duration { now() - started }

    /// How long it takes at most until a wait notices that it was stopped.
    private static let attention = Duration.milliseconds(100)

    /// Waits until a time since the beginning; false where it was stopped before, also where that time had come.
    func wait(until due: Duration) async -> Bool {
        while !isStopped {
            let left = due - elapsed
            guard left > .zero else { return true }
            do { try await sleep(min(left, Self.attention)) } catch { return false }
        }
        return false
    }

    /// Waits for some time from now on; false where it was stopped before.
    func wait(for time: Duration) async -> Bool { await wait(until: elapsed + time) }
}
