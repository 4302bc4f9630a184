/// Lines that wait to be written, within a number of bytes. What does not fit is dropped and counted, and the count stands in the queue
/// where the lines would have stood.
struct LogLineQueue {
    private var waiting: [UInt8] = []
    /// Bytes that were taken and are not written yet; they count, since they are still held.
    private var taken = 0
    private var droppedSinceReport = 0
    private let capacity: Int
    private let report: @Sendable (Int) -> String

    /// Every line that was dropped.
    private(set) var dropped = 0

    /// `report` words how many lines were dropped; its line is added however full the queue is.
    init(capacity: Int, report: @escaping @Sendable (Int) -> String) {
        self.capacity = capacity
        self.report = report
    }

    /// Whether nothing waits and everything that was taken is written.
    var isEmpty: Bool { waiting.isEmpty && taken == 0 && droppedSinceReport == 0 }

    /// Adds a line, with its end, or drops it. Whether there was nothing to take before.
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

    /// All that waits, to be written in this order; empty where nothing does.
    mutating func take() -> [UInt8] {
        if waiting.isEmpty { reportDropped() }
        let lines = waiting
        waiting = []
        taken += lines.count
        return lines
    }

    /// So many bytes of what was taken are written, or will never be.
    mutating func release(_ count: Int) { taken -= count }

    /// Counts lines that are lost.
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
