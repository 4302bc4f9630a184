import Messaging
import Metrics
import Telemetry

/// Times the journal's transactions and counts what they store. Nothing is counted before it is durable.
struct CommitMetrics: Sendable {
    private let time: Timer
    private let writes: Recorder
    /// In the order of `ItemTable`.
    private let items: [Counter]

    init(_ metrics: any MetricsFactory) {
        time = metrics.timer(
            "switchboard_journal_commit_seconds", "Time of one transaction of the journal, from its beginning until it was durable.")
        writes = metrics.histogram(
            "switchboard_journal_commit_writes", "Writes that shared one transaction of the journal.",
            buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
        items = ItemTable.allCases.map { table in
            metrics.counter(
                "switchboard_items_stored_total", "Items stored for the first time, by their table.", labels: [("table", table.rawValue)])
        }
    }

    /// A transaction of so many writes is durable.
    func committed(writes count: Int, in duration: Duration, _ stored: StoredCounts) {
        time.record(duration: duration)
        writes.record(count)
        for (counter, count) in zip(items, stored.counts) where count > 0 { counter.increment(by: count) }
    }
}

/// How many items a transaction has stored for the first time, by their table.
struct StoredCounts {
    /// In the order of `ItemTable`.
    private(set) var counts = Array(repeating: 0, count: ItemTable.allCases.count)

    mutating func add(_ content: Event.Content) {
        switch content {
        case .message: counts[0] += 1
        case .status: counts[1] += 1
        case .activity, .notice, .unsupported, .identity: counts[2] += 1
        case .unreadable: addDeadLetter()
        }
    }

    mutating func addDeadLetter() { counts[3] += 1 }

    mutating func reset() {
        for index in counts.indices { counts[index] = 0 }
    }
}
