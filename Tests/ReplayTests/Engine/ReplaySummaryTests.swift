import Journal
import Testing

@testable import Replay

@Suite("The totals of a replay")
struct ReplaySummaryTests {
    private static let counts = ReplayCounts(accepted: 1, duplicates: 2, rejected: 3)

    private static let outcomes: [(outcome: ReplayOutcome, deliveries: Int, refused: Int, problems: Int, skipped: Int, isSuccess: Bool)] = [
        (.taken(counts), 1, 0, 0, 0, false), (.taken(ReplayCounts(duplicates: 2)), 1, 0, 0, 0, true), (.read, 1, 0, 0, 0, true),
        (.refused(ReplayRefusal(status: 401, detail: "")), 1, 1, 0, 0, false),
        (.problem(CaptureProblem(.none, "")), 0, 0, 1, 0, false), (.skipped, 0, 0, 0, 1, true), (.stopped, 0, 0, 0, 0, true),
    ]

    @Test("Each outcome is counted once, in its own total", arguments: outcomes.indices)
    func outcome(index: Int) {
        let expected = Self.outcomes[index]
        var summary = ReplaySummary()
        summary.count(expected.outcome)
        #expect([summary.deliveries, summary.refused] == [expected.deliveries, expected.refused])
        #expect([summary.problems, summary.skipped] == [expected.problems, expected.skipped])
        #expect(summary.isSuccess == expected.isSuccess)
        // The outcome of a stopped capture is not known yet.
        #expect(expected.outcome == .stopped || expected.outcome.isSuccess == expected.isSuccess)
    }

    @Test("Items, events and differences are added up over all batches")
    func sums() {
        var summary = ReplaySummary()
        for _ in 0..<2 { summary.count(.taken(Self.counts)) }
        summary.count(events: ["message.text": 2, "status.read": 1], differences: 0)
        #expect(summary.counts == ReplayCounts(accepted: 2, duplicates: 4, rejected: 6))
        summary.count(events: ["message.text": 3], differences: 4)
        #expect(summary.events == ["message.text": 5, "status.read": 1])
        #expect(summary.differences == 4 && !summary.isSuccess)
    }
}
