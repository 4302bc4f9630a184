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

    /// Nothing yet.
    public init() {}

    /// Whether everything was taken, now or before, and nothing differs.
    public var isSuccess: Bool { refused == 0 && problems == 0 && counts.rejected == 0 && differences == 0 }

    /// Counts a capture, or what stands in the place of one, by what became of it. What was stopped is counted when its turn comes again.
    public mutating func count(_ outcome: ReplayOutcome) {
        switch outcome {
        case .taken(let counts):
            deliveries += 1
            self.counts += counts
        case .read: deliveries += 1
        case .refused:
            deliveries += 1
            refused += 1
        case .problem: problems += 1
        case .skipped: skipped += 1
        case .stopped: break
        }
    }

    /// Counts what a batch's captures were read as, and what differs.
    mutating func count(events: [String: Int], differences: Int) {
        self.events.merge(events) { $0 + $1 }
        self.differences += differences
    }
}
