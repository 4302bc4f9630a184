import Metrics
import Synchronization
import Telemetry

/// The ended spans that wait for the exporter. It never makes a caller wait: when it is full, further spans are dropped and counted.
final class SpanQueue: Sendable {
    /// The most waiting spans.
    private let capacity: Int
    /// The number of spans at which the exporter is woken.
    private let batchSize: Int
    private let waiting = Mutex<[SpanRecord]>([])
    private let dropped: Counter
    private let signal = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(capacity: Int, batchSize: Int, dropped: Counter) {
        self.capacity = capacity
        self.batchSize = batchSize
        self.dropped = dropped
    }

    /// Yields when a batch is complete, and after `wake`.
    var news: AsyncStream<Void> { signal.stream }

    func wake() { signal.continuation.yield() }

    func add(_ span: SpanRecord) {
        let count = waiting.withLock { waiting -> Int? in
            guard waiting.count < capacity else { return nil }
            waiting.append(span)
            return waiting.count
        }
        guard let count else { return dropped.increment() }
        if count % batchSize == 0 { wake() }
    }

    /// Removes the oldest spans, at most a batch.
    func take() -> [SpanRecord] {
        waiting.withLock { waiting in
            defer { waiting.removeFirst(min(batchSize, waiting.count)) }
            return Array(waiting.prefix(batchSize))
        }
    }

    /// Puts spans in front again that `take` removed, as many as there is room for.
    func putBack(_ spans: [SpanRecord]) {
        let lost = waiting.withLock { waiting in
            let room = max(0, capacity - waiting.count)
            waiting.insert(contentsOf: spans.prefix(room), at: 0)
            return max(0, spans.count - room)
        }
        dropped.increment(by: lost)
    }
}
