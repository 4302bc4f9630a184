/// The line that a terminal shows while a replay runs.
public struct ProgressLine: Sendable, Equatable {
    /// Columns that it may fill.
    public var width: Int
    /// Deliveries done in this run.
    public var done: Int
    /// How much of everything is done, 0 to 1; nil where nobody knows.
    public var fraction: Double?
    /// The fraction at which this run began.
    public var startFraction: Double
    /// Since the beginning.
    public var elapsed: Duration
    /// What became of the items.
    public var summary: ReplaySummary

    /// How it stands.
    public init(
        width: Int, done: Int, fraction: Double?, startFraction: Double = 0, elapsed: Duration, summary: ReplaySummary
    ) {
        self.width = width
        self.done = done
        self.fraction = fraction
        self.startFraction = startFraction
        self.elapsed = elapsed
        self.summary = summary
    }

    /// `[#####.....]  50 %  12,345/s  0:42 left  accepted 1  duplicate 2  failed 3`, cut to the width.
    public var text: String {
        let counts = summary.counts
        let failed = summary.refused + summary.problems + counts.rejected
        var parts = ["\(ProgressLine.grouped(done)) done", "\(ProgressLine.grouped(rate))/s"]
        if let left { parts.append("\(ProgressLine.clock(left)) left") }
        if summary.events.isEmpty { parts += ["accepted \(counts.accepted)", "duplicate \(counts.duplicates)"] }
        if summary.differences > 0 { parts.append("different \(summary.differences)") }
        parts.append("failed \(failed)")
        let rest = parts.joined(separator: "  ")
        guard let fraction else { return String(rest.prefix(width)) }
        let percent = "\(Int(fraction * 100)) %"
        let room = width - rest.count - percent.count - 6
        guard room >= 8 else { return String("\(percent)  \(rest)".prefix(width)) }
        let cells = min(room, 30)
        let filled = min(max(Int(Double(cells) * fraction), 0), cells)
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: cells - filled))]  \(percent)  \(rest)"
    }

    private var seconds: Double { elapsed / .seconds(1) }

    /// Deliveries a second.
    private var rate: Int { seconds > 0 ? Int(Double(done) / seconds) : 0 }

    /// Seconds left at the pace so far.
    private var left: Int? {
        guard let fraction, fraction > startFraction, fraction <= 1 else { return nil }
        return Int(min(seconds * (1 - fraction) / (fraction - startFraction), 359_999))
    }

    /// `1:02:03`, `2:03`.
    private static func clock(_ seconds: Int) -> String {
        let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        let minutes = seconds / 60
        return minutes < 60 ? "\(minutes):\(two(seconds % 60))" : "\(minutes / 60):\(two(minutes % 60)):\(two(seconds % 60))"
    }

    /// `12,345`.
    static func grouped(_ value: Int) -> String {
        var digits = Array(String(value))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return String(digits)
    }
}
