import Messaging
import Metrics
import Telemetry

/// Measures the duration of the journal's transactions, and counts what they store. Nothing is counted before it is durable.
struct CommitMetrics: Sendable {
    private let time: Timer
    private let writes: Recorder
    /// One counter per table, in the order of `ItemTable`.
    private let items: [Counter]
    private let completed: Counter
    /// One counter per table, in the order of `ItemTable`.
    private let differing: [Counter]

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
        completed = metrics.counter(
            "switchboard_messages_completed_total", "Messages that completed a stored one: a placeholder, or a copy of the past.")
        // A dead letter has no external id, so no second item can have the same.
        differing = ItemTable.allCases.filter { $0 != .deadLetters }.map { table in
            metrics.counter(
                "switchboard_items_differing_total", "Items that say something else than the stored one of their id, by their table.",
                labels: [("table", table.rawValue)])
        }
    }

    /// Records a transaction with this many writes, once it is durable.
    func committed(writes count: Int, in duration: Duration, _ stored: StoredCounts) {
        time.record(duration: duration)
        writes.record(count)
        for (counter, count) in zip(items, stored.counts) where count > 0 { counter.increment(by: count) }
        if stored.completed > 0 { completed.increment(by: stored.completed) }
        for difference in stored.differences { differing[difference.table.index].increment(by: difference.count) }
    }
}

/// The counts of what a transaction has stored.
struct StoredCounts {
    /// The number of new items per table, in the order of `ItemTable`.
    private(set) var counts = Array(repeating: 0, count: ItemTable.allCases.count)
    /// The number of messages that completed a stored one.
    private(set) var completed = 0
    /// The items that differ from the stored item with the same id.
    private(set) var differences: [KeptDifference] = []

    mutating func add(_ item: DeliveredItem, _ outcome: ItemOutcome) {
        switch outcome {
        case .new: counts[item.table.index] += 1
        case .completing: completed += 1
        case .differing: differences.append(KeptDifference(item))
        case .duplicate: break
        }
    }

    mutating func add(_ difference: KeptDifference) { differences.append(difference) }

    mutating func addDeadLetter() { counts[ItemTable.deadLetters.index] += 1 }

    mutating func reset() {
        for index in counts.indices { counts[index] = 0 }
        completed = 0
        differences.removeAll()
    }
}
