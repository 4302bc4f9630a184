import JSON

/// The lines that `switchboard replay` prints. An item is rejected that could not be read, a delivery is refused; what failed may be repeated.
public enum ReplayReport {
    /// `accepted 1  duplicate 0  FILE`, or `refused 401 the header … is missing  FILE`, with why items were rejected in lines below; as JSON one
    /// object.
    public static func line(for origin: String, _ outcome: ReplayOutcome, asJSON: Bool) -> String {
        guard asJSON else { return ([("\(text(outcome))  \(origin)")] + reasonLines(outcome)).map(\.printable).joined(separator: "\n") }
        var writer = JSONWriter()
        writer.object { line in
            line.member("file", origin)
            switch outcome {
            case .taken(let counts):
                write(counts, to: &line)
                if !counts.reasons.isEmpty {
                    line.key("reasons")
                    line.array { list in
                        for reason in counts.reasons { list.string(reason) }
                    }
                }
            case .refused(let refusal):
                line.member("status", refusal.status)
                line.member("detail", refusal.detail)
            case .read, .problem, .skipped, .stopped: break
            }
        }
        return writer.text
    }

    /// The sums; `isComplete` is false where it was interrupted.
    public static func lastLine(_ summary: ReplaySummary, isComplete: Bool = true, asJSON: Bool) -> String {
        guard asJSON else {
            var parts = [text(.taken(summary.counts)), "refused \(summary.refused)", "in \(summary.deliveries) deliveries"]
            if summary.problems > 0 { parts.append("problems \(summary.problems)") }
            if summary.skipped > 0 { parts.append("skipped \(summary.skipped)") }
            return parts.joined(separator: "  ")
        }
        return object(summary, isComplete: isComplete) { write(summary.counts, to: &$0) }
    }

    /// What a dry run found, a line a kind of event; as JSON one line.
    public static func lastLines(ofDryRun summary: ReplaySummary, comparing: Bool, isComplete: Bool = true, asJSON: Bool) -> String {
        let kinds = summary.events.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard asJSON else {
            let width = kinds.map(\.key.count).max() ?? 0
            let lines = kinds.map { kind, count in "\(kind.printable)\(String(repeating: " ", count: width - kind.count))  \(count)" }
            let total = kinds.reduce(0) { $0 + $1.value }
            var last = "\(total) events in \(summary.deliveries) deliveries"
            if comparing { last += "  different \(summary.differences)" }
            for (name, count) in [("refused", summary.refused), ("problems", summary.problems), ("skipped", summary.skipped)]
            where count > 0 {
                last += "  \(name) \(count)"
            }
            return ((comparing ? [] : lines) + [last]).joined(separator: "\n")
        }
        return object(summary, isComplete: isComplete) { line in
            if comparing { line.member("differences", summary.differences) }
            line.key("events")
            line.object { events in
                for (kind, count) in kinds { events.member(kind, count) }
            }
        }
    }

    private static func object(_ summary: ReplaySummary, isComplete: Bool, _ members: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.object { line in
            line.member("deliveries", summary.deliveries)
            members(&line)
            line.member("refused", summary.refused)
            line.member("problems", summary.problems)
            line.member("skipped", summary.skipped)
            line.member("complete", isComplete)
        }
        return writer.text
    }

    private static func text(_ outcome: ReplayOutcome) -> String {
        switch outcome {
        case .taken(let counts):
            "accepted \(counts.accepted)  duplicate \(counts.duplicates)" + (counts.rejected > 0 ? "  rejected \(counts.rejected)" : "")
                + (counts.differing > 0 ? "  differing \(counts.differing)" : "")
        case .refused(let refusal): "refused \(refusal)"
        case .problem(let problem): problem.reason
        case .read: "read"
        case .skipped: "skipped"
        case .stopped: "stopped"
        }
    }

    /// Why items were rejected, a line each.
    private static func reasonLines(_ outcome: ReplayOutcome) -> [String] {
        guard case .taken(let counts) = outcome, !counts.reasons.isEmpty else { return [] }
        let more = counts.rejected - counts.reasons.count
        return counts.reasons.map { "  rejected: \($0)" } + (more > 0 ? ["  rejected: \(more) more"] : [])
    }

    private static func write(_ counts: ReplayCounts, to line: inout JSONWriter) {
        line.member("accepted", counts.accepted)
        line.member("duplicates", counts.duplicates)
        line.member("rejected", counts.rejected)
        if counts.differing > 0 { line.member("differing", counts.differing) }
    }
}
