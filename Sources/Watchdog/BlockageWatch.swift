/// Follows one thing that others wait for, and finds when it is held up for longer than it may be.
struct BlockageWatch {
    private let threshold: Duration
    private var current: Blockage?

    private struct Blockage {
        let number: UInt64
        let since: ContinuousClock.Instant
        var isReported = false
    }

    init(threshold: Duration) { self.threshold = threshold }

    /// Looked at now and then: `number` is that of the work which is being done, nil where there is none, and `since` when it began or was
    /// seen first.
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

/// What is to be told of something that is held up.
enum BlockageReport: Equatable {
    /// It has been for longer than it may be, and goes on.
    case began(since: ContinuousClock.Instant)
    /// It is over.
    case ended(after: Duration)
}

/// How often something was held up, and for how long.
public struct BlockageTally: Sendable, Equatable {
    /// How often it was, for longer than it may be.
    public private(set) var count = 0
    /// How long all of them together took that are over.
    public private(set) var milliseconds: Int64 = 0
    /// Whether it is at this moment.
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
