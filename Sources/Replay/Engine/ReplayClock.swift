/// The clock of one replay, and whether the replay was stopped.
public struct ReplayClock: Sendable {
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void
    private let stopped: @Sendable () -> Bool
    private let started: ContinuousClock.Instant

    /// Starts now. `isStopped` is called before each step and during waits. Tests may supply their own time.
    public init(
        isStopped: @escaping @Sendable () -> Bool = { false }, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.now = now
        self.sleep = sleep
        stopped = isStopped
        started = now()
    }

    /// Whether the replay was stopped, so that nothing new may begin.
    var isStopped: Bool { stopped() }

    /// The time since the start.
    var elapsed: Duration { now() - started }

    /// The longest time until a wait notices that the replay was stopped.
    private static let attention = Duration.milliseconds(100)

    /// Waits until a time since the start; returns false if the replay was stopped before, even if that time has come.
    func wait(until due: Duration) async -> Bool {
        while !isStopped {
            let left = due - elapsed
            guard left > .zero else { return true }
            do { try await sleep(min(left, Self.attention)) } catch { return false }
        }
        return false
    }

    /// Waits for a duration; returns false if the replay was stopped before.
    func wait(for time: Duration) async -> Bool { await wait(until: elapsed + time) }
}
