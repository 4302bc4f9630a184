import JSON

/// What became of all files of one replay.
public struct ReplaySummary: Sendable, Equatable {
    public private(set) var files = 0
    public private(set) var refused = 0
    public private(set) var counts = ReplayCounts()
    /// Whether everything was taken, now or before.
    public private(set) var isSuccess = true

    public init() {}

    public mutating func count(_ outcome: ReplayOutcome) {
        files += 1
        isSuccess = isSuccess && outcome.isSuccess
        switch outcome {
        case .taken(let counts): self.counts += counts
        case .refused: refused += 1
        }
    }
}

/// The lines that `switchboard replay` prints.
public enum ReplayReport {
    /// `accepted 1  duplicate 0  FILE`, or `refused 401 the header … is missing  FILE`; as JSON one object.
    public static func line(for path: String, _ outcome: ReplayOutcome, asJSON: Bool) -> String {
        guard asJSON else { return "\(text(outcome))  \(path)" }
        var writer = JSONWriter()
        writer.object { line in
            line.member("file", path)
            switch outcome {
            case .taken(let counts): write(counts, to: &line)
            case .refused(let refusal):
                line.member("status", refusal.status)
                line.member("detail", refusal.detail)
            }
        }
        return writer.text
    }

    /// The sums over all files.
    public static func lastLine(_ summary: ReplaySummary, asJSON: Bool) -> String {
        guard asJSON else { return "\(text(.taken(summary.counts)))  refused \(summary.refused)  in \(summary.files) files" }
        var writer = JSONWriter()
        writer.object { line in
            line.member("files", summary.files)
            write(summary.counts, to: &line)
            line.member("refused", summary.refused)
        }
        return writer.text
    }

    private static func text(_ outcome: ReplayOutcome) -> String {
        switch outcome {
        case .taken(let counts):
            "accepted \(counts.accepted)  duplicate \(counts.duplicates)" + (counts.rejected > 0 ? "  rejected \(counts.rejected)" : "")
        case .refused(let refusal): "refused \(refusal)"
        }
    }

    private static func write(_ counts: ReplayCounts, to line: inout JSONWriter) {
        line.member("accepted", counts.accepted)
        line.member("duplicates", counts.duplicates)
        line.member("rejected", counts.rejected)
    }
}
