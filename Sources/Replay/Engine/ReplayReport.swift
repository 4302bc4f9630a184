import JSON

/// The lines of `switchboard replay`. An item that cannot be read is *rejected*; a delivery that is not accepted as a whole is *refused*.
public enum ReplayReport {
    /// `accepted 1  duplicate 0  FILE`, or `refused with 401: the header … is missing  FILE`, followed by lines with the reasons for
    /// rejected items; as JSON, one object.
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
            case .problem(let problem): line.member("problem", problem.reason)
            case .read, .skipped, .stopped: break
            }
        }
        return writer.text
    }

    /// The sums; `isComplete` is false if the replay was interrupted.
    public static func lastLine(_ summary: ReplaySummary, isComplete: Bool = true, asJSON: Bool) -> String {
        guard asJSON else {
            let parts = ["items: \(text(.taken(summary.counts)))", "deliveries: \(summary.deliveries)\(refused(summary))"]
            return (parts + others(summary)).joined(separator: "  ")
        }
        return object(summary, isComplete: isComplete) { write(summary.counts, to: &$0) }
    }

    /// The result of a dry run, one line per kind of event; as JSON, one line.
    public static func lastLines(ofDryRun summary: ReplaySummary, comparing: Bool, isComplete: Bool = true, asJSON: Bool) -> String {
        let kinds = summary.events.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard asJSON else {
            let width = kinds.map(\.key.count).max() ?? 0
            let lines = kinds.map { kind, count in "\(kind.printable)\(String(repeating: " ", count: width - kind.count))  \(count)" }
            let total = kinds.reduce(0) { $0 + $1.value }
            let differing = comparing ? ["different \(summary.differences)"] : []
            let deliveries = counted(summary.deliveries, "delivery", "deliveries") + refused(summary)
            let last = (["\(counted(total, "event")) in \(deliveries)"] + differing + others(summary)).joined(separator: "  ")
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

    /// `, of which 1 was refused or not sent`, which follows the number of deliveries.
    private static func refused(_ summary: ReplaySummary) -> String {
        guard summary.refused > 0 else { return "" }
        return ", of which \(summary.refused) \(summary.refused == 1 ? "was" : "were") refused or not sent"
    }

    /// The numbers of items that are not deliveries.
    private static func others(_ summary: ReplaySummary) -> [String] {
        [("problems", summary.problems), ("skipped", summary.skipped)].filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
    }

    private static func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? one + "s")"
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
        case .refused(let refusal) where refusal.status == 0: "not sent: \(refusal.detail)"
        case .refused(let refusal): "refused with \(refusal.status)" + (refusal.detail.isEmpty ? "" : ": \(refusal.detail)")
        case .problem(let problem): problem.reason
        case .read: "read"
        case .skipped: "skipped"
        case .stopped: "stopped"
        }
    }

    /// The reasons for rejected items, one per line.
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
