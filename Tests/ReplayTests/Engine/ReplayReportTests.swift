import Journal
import Replay
import Testing

@Suite("The output of a replay")
struct ReplayReportTests {
    private let taken = ReplayOutcome.taken(ReplayCounts(accepted: 1, duplicates: 2))
    private let partly = ReplayOutcome.taken(ReplayCounts(accepted: 1, rejected: 1))
    private let refused = ReplayOutcome.refused(ReplayRefusal(status: 401, detail: "no"))

    @Test("The line for a file has its outcome")
    func text() {
        #expect(ReplayReport.line(for: "a.http", taken, asJSON: false) == "accepted 1  duplicate 2  a.http")
        #expect(ReplayReport.line(for: "a.http", partly, asJSON: false) == "accepted 1  duplicate 0  rejected 1  a.http")
        #expect(ReplayReport.line(for: "a.http", refused, asJSON: false) == "refused with 401: no  a.http")
        let differing = ReplayOutcome.taken(ReplayCounts(duplicates: 1, differing: 2))
        #expect(ReplayReport.line(for: "a.http", differing, asJSON: false) == "accepted 0  duplicate 1  differing 2  a.http")
        #expect(
            ReplayReport.line(for: "a.http", differing, asJSON: true)
                == #"{"file":"a.http","accepted":0,"duplicates":1,"rejected":0,"differing":2}"#)
    }

    @Test("An item that is not a capture, and a capture that is not sent, are reported in text and as JSON")
    func neither() {
        let unsent = ReplayOutcome.refused(ReplayRefusal(status: 0, detail: "tokens are not kept"))
        #expect(ReplayReport.line(for: "a.http", unsent, asJSON: false) == "not sent: tokens are not kept  a.http")
        let problem = ReplayOutcome.problem(CaptureProblem(CaptureOrigin("a.jsonl", .line(3)), "not valid JSON"))
        let json = ReplayReport.line(for: "a.jsonl: line 3", problem, asJSON: true)
        #expect(json == #"{"file":"a.jsonl: line 3","problem":"not valid JSON"}"#)
    }

    @Test("JSON has the same outcomes")
    func json() {
        #expect(ReplayReport.line(for: "a.http", taken, asJSON: true) == #"{"file":"a.http","accepted":1,"duplicates":2,"rejected":0}"#)
        #expect(ReplayReport.line(for: "a.http", refused, asJSON: true) == #"{"file":"a.http","status":401,"detail":"no"}"#)
    }

    @Test("The reasons for rejected items follow the line, with the number of further ones")
    func reasons() {
        let counts = ReplayCounts(accepted: 1, rejected: 7, reasons: (1...6).map { "[\($0)] is no object" })
        let text = ReplayReport.line(for: "a.http", .taken(counts), asJSON: false).split(separator: "\n")
        #expect(text.count == 7 && text[1] == "  rejected: [1] is no object" && text[6] == "  rejected: 2 more")
        let json = ReplayReport.line(for: "a.http", .taken(ReplayCounts(rejected: 1, reasons: ["a \"b\""])), asJSON: true)
        #expect(json == #"{"file":"a.http","accepted":0,"duplicates":0,"rejected":1,"reasons":["a \"b\""]}"#)
    }

    @Test("The last line has the totals: of items, which may be rejected, and of deliveries, which may be refused")
    func sums() {
        var summary = ReplaySummary()
        for outcome in [taken, partly, refused] { summary.count(outcome) }
        #expect(
            ReplayReport.lastLine(summary, asJSON: false)
                == "items: accepted 2  duplicate 2  rejected 1  deliveries: 3, of which 1 was refused or not sent")
        #expect(ReplayReport.lastLine(ReplaySummary(), asJSON: false) == "items: accepted 0  duplicate 0  deliveries: 0")
        let dry = ReplayReport.lastLines(ofDryRun: summary, comparing: true, asJSON: false)
        #expect(dry == "0 events in 3 deliveries, of which 1 was refused or not sent  different 0")
        #expect(
            ReplayReport.lastLine(summary, asJSON: true)
                == #"{"deliveries":3,"accepted":2,"duplicates":2,"rejected":1,"refused":1,"problems":0,"skipped":0,"complete":true}"#)
    }

    @Test("Duplicates are not a failure; refused deliveries and rejected items are")
    func success() {
        let isSuccess = [[], [taken], [taken, partly], [refused, taken]].map { outcomes in
            var summary = ReplaySummary()
            for outcome in outcomes { summary.count(outcome) }
            return summary.isSuccess
        }
        #expect(isSuccess == [true, true, false, false])
    }

    @Test("Neither a gateway's answer nor a file's name can send control characters to the terminal")
    func hostile() {
        let outcome = ReplayOutcome.refused(ReplayRefusal(status: 401, detail: "no\u{1B}[2J\nrefused"))
        #expect(ReplayReport.line(for: "a\n.http", outcome, asJSON: false) == "refused with 401: no\u{FFFD}[2J refused  a .http")
        #expect("a\r\n\tb\tc".printable == "a b c")
        #expect("a\nb\tc\rd\u{1B}".printableLines == "a\nb\tc\u{FFFD}d\u{FFFD}")
        #expect("Müller 👩‍👩‍👧 \u{202E}x".printable == "Müller 👩‍👩‍👧 \u{FFFD}x")
    }
}
