/// Lines that wait to be written, up to a number of bytes. Lines beyond it are dropped and counted; a line with their number takes their
/// place in the queue.
struct LogLineQueue {
    private var waiting: [UInt8] = []
    /// Bytes that were taken but not yet written; they count, since they are still in memory.
    private var taken = 0
    private var droppedSinceReport = 0
    private let capacity: Int
    private let report: @Sendable (Int) -> String

    /// The total number of dropped lines.
    private(set) var dropped = 0

    /// `report` makes the line about dropped lines, which is added however full the queue is.
    init(capacity: Int, report: @escaping @Sendable (Int) -> String) {
        self.capacity = capacity
        self.report = report
    }

    /// Whether nothing waits and everything taken is written.
    var isEmpty: Bool { waiting.isEmpty && taken == 0 && droppedSinceReport == 0 }

    /// Adds a line with its line break, or drops it; returns whether the queue was empty before.
    mutating func append(_ line: String) -> Bool {
        let wasIdle = waiting.isEmpty && droppedSinceReport == 0
        if waiting.count + taken + line.utf8.count > capacity {
            drop(1)
        } else {
            reportDropped()
            waiting.append(contentsOf: line.utf8)
        }
        return wasIdle
    }

    /// All waiting lines, in order; empty if there are none.
    mutating func take() -> [UInt8] {
        if waiting.isEmpty { reportDropped() }
        let lines = waiting
        waiting = []
        taken += lines.count
        return lines
    }

    /// Releases bytes that were taken, because they are written or never will be.
    mutating func release(_ count: Int) { taken -= count }

    /// Counts lost lines.
    mutating func drop(_ lines: Int) {
        dropped += lines
        droppedSinceReport += lines
    }

    private mutating func reportDropped() {
        guard droppedSinceReport > 0 else { return }
        waiting.append(contentsOf: report(droppedSinceReport).utf8)
        droppedSinceReport = 0
    }
}
