/// Observes one thread that others wait for, and detects when it is blocked longer than `threshold`.
struct BlockageWatch {
    private let threshold: Duration
    private var current: Blockage?

    private struct Blockage {
        let number: UInt64
        let since: ContinuousClock.Instant
        var isReported = false
    }

    init(threshold: Duration) { self.threshold = threshold }

    /// Called at intervals. `number` is that of the current piece of work, nil if there is none; `since` is when it began or was first
    /// seen.
    mutating func observe(_ number: UInt64?, since: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> BlockageReport? {
        guard let number, number == current?.number else {
            let over = ended(at: now)
            current = number.map { Blockage(number: $0, since: since) }
            return over
        }
        guard let since = current?.since, current?.isReported == false, now - since >= threshold else { return nil }
        current?.isReported = true
        return .began(since: since)
    }

    private func ended(at now: ContinuousClock.Instant) -> BlockageReport? {
        guard let current, current.isReported else { return nil }
        return .ended(after: now - current.since)
    }
}

/// The beginning or end of a blockage.
enum BlockageReport: Equatable {
    /// The blockage has exceeded the threshold and continues.
    case began(since: ContinuousClock.Instant)
    /// The blockage is over.
    case ended(after: Duration)
}

/// How often something was blocked, and for how long.
public struct BlockageTally: Sendable, Equatable {
    /// How often it was blocked longer than the threshold.
    public private(set) var count = 0
    /// The total duration of all blockages that are over.
    public private(set) var milliseconds: Int64 = 0
    /// Whether it is blocked now.
    public private(set) var isBlocked = false

    mutating func count(_ report: BlockageReport) {
        switch report {
        case .began:
            count += 1
            isBlocked = true
        case .ended(let duration):
            isBlocked = false
            milliseconds += duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        }
    }
}
