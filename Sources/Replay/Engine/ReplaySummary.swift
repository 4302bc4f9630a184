/// The sums of all outcomes of a replay.
public struct ReplaySummary: Sendable, Equatable {
    /// Deliveries that were sent, stored or read, including refused ones.
    public private(set) var deliveries = 0
    /// Deliveries that were refused.
    public private(set) var refused = 0
    /// Lines, entries and files that are not captures, and captures whose account is not configured.
    public private(set) var problems = 0
    /// Captures and items that the filter excluded.
    public private(set) var skipped = 0
    /// The outcomes of the items.
    public private(set) var counts = ReplayCounts()
    /// For a dry run: the number of events per kind, `message.text`.
    public private(set) var events: [String: Int] = [:]
    /// For a comparison: the number of items that differ.
    public private(set) var differences = 0

    /// All zero.
    public init() {}

    /// Whether everything was accepted, now or before, and nothing differs.
    public var isSuccess: Bool { refused == 0 && problems == 0 && counts.rejected == 0 && differences == 0 }

    /// Counts the outcome of a capture, or of an item that is not one. A stopped capture is counted when it is replayed later.
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

    /// Adds the events that a batch's captures contain, and the number of differences.
    mutating func count(events: [String: Int], differences: Int) {
        self.events.merge(events) { $0 + $1 }
        self.differences += differences
    }
}
