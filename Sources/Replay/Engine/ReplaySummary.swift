import Messaging

/// What became of everything in one replay.
public struct ReplaySummary: Sendable, Equatable {
    /// Deliveries that were sent, stored or read, refused ones included.
    public private(set) var deliveries = 0
    /// Deliveries that were refused.
    public private(set) var refused = 0
    /// Lines, entries and files that are no capture, and captures of no account.
    public private(set) var problems = 0
    /// What was not asked for.
    public private(set) var skipped = 0
    /// What became of the items.
    public private(set) var counts = ReplayCounts()
    /// Of a dry run: how many events of which kind, `message.text`.
    public private(set) var events: [String: Int] = [:]
    /// Of a comparison: how many items differ.
    public private(set) var differences = 0

    public init() {}

    /// Whether everything was taken, now or before, and nothing differs.
    public var isSuccess: Bool { refused == 0 && problems == 0 && counts.rejected == 0 && differences == 0 }

    /// Counts a delivery by what was answered.
    public mutating func count(_ outcome: ReplayOutcome) {
        deliveries += 1
        switch outcome {
        case .taken(let counts): self.counts += counts
        case .refused: refused += 1
        }
    }

    /// Counts what is no capture.
    public mutating func countProblem() { problems += 1 }

    /// Counts what was not asked for.
    public mutating func countSkipped() { skipped += 1 }

    /// Counts deliveries that were only read.
    mutating func count(read deliveries: Int, events: [String: Int], differences: Int) {
        self.deliveries += deliveries
        self.events.merge(events) { $0 + $1 }
        self.differences += differences
    }
}

extension Event {
    /// What a dry run counts it under: `message.text`, `status.read`, `activity.screen.viewed`.
    var kindAndType: String {
        switch content {
        case .message(let message): "message.\(message.type.rawValue)"
        case .status(let status): "status.\(status.status)"
        case .activity(let type, _): "activity.\(type)"
        case .identity(let change): "identity.\(change.type)"
        case .notice(let type, _): "notice.\(type)"
        case .unsupported(let type, _): "unsupported.\(type)"
        case .unreadable: "unreadable"
        }
    }
}
