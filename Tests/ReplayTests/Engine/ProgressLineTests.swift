import Journal
import Replay
import Testing

@Suite("The progress line")
struct ProgressLineTests {
    private func line(width: Int, fraction: Double?, done: Int = 12_345, accepted: Int = 1200) -> String {
        var summary = ReplaySummary()
        summary.count(.taken(ReplayCounts(accepted: accepted, duplicates: 3)))
        summary.count(.refused(ReplayRefusal(status: 401, detail: "")))
        return ProgressLine(width: width, done: done, fraction: fraction, elapsed: .seconds(10), summary: summary).text
    }

    @Test("It shows the progress, the rate, the remaining time and the outcomes")
    func whole() {
        #expect(
            line(width: 120, fraction: 0.25)
                == "[#######.......................]  25 %  12,345 done  1,234/s  0:30 left  accepted 1200  duplicate 3  refused 1")
    }

    @Test("A terminal of 80 columns has a bar, whatever the counts", arguments: [9, 12_345, 1_234_567], [0, 0.25, 1])
    func narrow(done: Int, fraction: Double) {
        let line = line(width: 79, fraction: fraction, done: done, accepted: done)
        #expect(line.count <= 79)
        #expect(line.first == "[")
        #expect(line.prefix { $0 != "]" }.count >= 11)
        #expect(line.hasSuffix("accepted \(done)  duplicate 3  refused 1"))
    }

    @Test("Rejected items and refused deliveries are counted separately, and a line that is not a capture is a problem")
    func words() {
        var summary = ReplaySummary()
        summary.count(.taken(ReplayCounts(rejected: 2)))
        summary.count(.refused(ReplayRefusal(status: 401, detail: "")))
        summary.count(.problem(CaptureProblem(CaptureOrigin("a.jsonl", .line(1)), "not valid JSON")))
        let line = ProgressLine(width: 120, done: 2, fraction: nil, elapsed: .seconds(1), summary: summary).text
        #expect(line == "2 done  2/s  accepted 0  duplicate 0  rejected 2  refused 1  problems 1")
    }

    @Test("It is never wider than the terminal", arguments: [20, 60, 90, 120], [nil, 0, 0.5, 1])
    func width(width: Int, fraction: Double?) { #expect(line(width: width, fraction: fraction).count <= width) }
}
