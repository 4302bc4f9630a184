/// The progress that a terminal shows while a replay runs.
public struct ProgressLine: Sendable, Equatable {
    /// The number of columns available.
    public var width: Int
    /// Deliveries done in this run.
    public var done: Int
    /// The finished part of everything, 0 to 1; nil if unknown.
    public var fraction: Double?
    /// The fraction at the start of this run.
    public var startFraction: Double
    /// The time since the start.
    public var elapsed: Duration
    /// The outcomes so far.
    public var summary: ReplaySummary

    /// The progress at one moment.
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

    /// `[#####.....]  50 %  12,345/s  0:42 left  accepted 1  duplicate 2  refused 3`. If the bar does not fit, the line omits the rate,
    /// then the number of finished deliveries, which the counts include, then the bar; then it is cut to the width.
    public var text: String {
        guard let fraction else { return String(rest().prefix(width)) }
        let percent = "\(Int(fraction * 100)) %"
        let shapes = [rest(), rest(hasRate: false), rest(hasRate: false, hasDone: !summary.events.isEmpty)]
        let room = { (rest: String) in width - rest.count - percent.count - 6 }
        guard let rest = shapes.first(where: { room($0) >= ProgressLine.shortestBar }) else {
            return String("\(percent)  \(shapes[0])".prefix(width))
        }
        let cells = min(room(rest), 30)
        let filled = min(max(Int(Double(cells) * fraction), 0), cells)
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: cells - filled))]  \(percent)  \(rest)"
    }

    /// A shorter bar says less than the percentage.
    private static let shortestBar = 10

    /// The text after the bar.
    private func rest(hasRate: Bool = true, hasDone: Bool = true) -> String {
        let counts = summary.counts
        var parts: [String] = []
        if hasDone { parts.append("\(ProgressLine.grouped(done)) done") }
        if hasRate { parts.append("\(ProgressLine.grouped(rate))/s") }
        if let left { parts.append("\(ProgressLine.clock(left)) left") }
        if summary.events.isEmpty { parts += ["accepted \(counts.accepted)", "duplicate \(counts.duplicates)"] }
        if summary.differences > 0 { parts.append("different \(summary.differences)") }
        if counts.rejected > 0 { parts.append("rejected \(counts.rejected)") }
        if summary.refused > 0 { parts.append("refused \(summary.refused)") }
        if summary.problems > 0 { parts.append("problems \(summary.problems)") }
        return parts.joined(separator: "  ")
    }

    private var seconds: Double { elapsed / .seconds(1) }

    /// Deliveries per second.
    private var rate: Int { seconds > 0 ? Int(Double(done) / seconds) : 0 }

    /// The seconds left at the average rate of this run.
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
