import Journal
import Messaging
import SwitchboardTesting
import Synchronization
import Testing

@testable import Replay

@Suite("The loop of a replay, with a scripted sink")
struct ReplayOrderTests {
    /// Records what it is given, and returns `outcome` for each capture.
    private final class ScriptedSink: ReplaySink {
        let width: Int
        let isImmediate: Bool
        let began = Mutex<[String]>([])
        let finished = Mutex<[String]>([])
        private let outcome: @Sendable (String) -> ReplayOutcome

        init(width: Int = 1, isImmediate: Bool, outcome: @escaping @Sendable (String) -> ReplayOutcome = { _ in .taken(ReplayCounts()) }) {
            self.width = width
            self.isImmediate = isImmediate
            self.outcome = outcome
        }

        func begin(_ captures: [Capture]) async -> [String] {
            let names = captures.map { "\($0.origin.location)" }
            began.withLock { $0 += names }
            return names
        }

        func finish(_ begun: [String]) async throws -> BatchResult {
            if begun.contains("line 66") { throw CancellationError() }
            finished.withLock { $0 += begun }
            return BatchResult(outcomes: begun.map(outcome))
        }
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func stream(_ range: ClosedRange<Int>, problemAt problem: Int? = nil) throws -> CaptureStream {
        let lines = range.map { $0 == problem ? Array("{\n".utf8) : Captures.lines([Captures.text("wamid.\($0)")]) }
        return CaptureStream([.lines(path: try folder.file("a.jsonl", Array(lines.joined())))], receivedAt: Instant(milliseconds: 7))
    }

    @Test("Outcomes are reported in the order of the captures, whatever the width", arguments: [1, 4], [true, false])
    func order(width: Int, isImmediate: Bool) async throws {
        let sink = ScriptedSink(width: width, isImmediate: isImmediate)
        var told: [String] = []
        var places: [Int] = []
        let ending = await ReplayRun(try stream(1...20, problemAt: 7), into: sink).run { note in
            switch note {
            case .outcome(.problem(let problem), nil): told.append("\(problem.origin.location)")
            case .outcome(_, let capture?): told.append("\(capture.origin.location)")
            case .reached(let place): places.append(place.point.count)
            default: break
            }
        }
        #expect(told == (1...20).map { "line \($0)" })
        #expect(places == (isImmediate ? Array(1...20) : [20]))
        #expect(ending.isComplete && ending.summary.deliveries == 19 && ending.summary.problems == 1)
    }

    @Test(
        "Captures sent after a stopped one count, but the position stays before it, and problems are reported when they repeat")
    func stoppedWithin() async throws {
        let sink = ScriptedSink(isImmediate: true) { $0 == "line 3" ? .stopped : .taken(ReplayCounts(accepted: 1)) }
        var places: [Int] = []
        let ending = await ReplayRun(try stream(1...6, problemAt: 5), into: sink).run { note in
            if case .reached(let place) = note { places.append(place.point.count) }
        }
        #expect(places == [1, 2])
        #expect(!ending.isComplete && ending.failure == nil)
        #expect(ending.summary.counts.accepted == 4 && ending.summary.problems == 0)
    }

    @Test("Captures that wait for their time when the replay is stopped take no effect, even if their work had begun")
    func stoppedBefore() async throws {
        let isStopped = Mutex(false)
        let clock = ReplayClock(isStopped: { isStopped.withLock { $0 } })
        let sink = ScriptedSink(width: 4, isImmediate: false)
        let ending = await ReplayRun(try stream(1...20), into: sink, pace: ReplayPace(rate: 100), clock: clock).run { note in
            if case .reached(let place) = note, place.point.count == 3 { isStopped.withLock { $0 = true } }
        }
        #expect(sink.finished.withLock { $0 } == ["line 1", "line 2", "line 3"])
        #expect(sink.began.withLock { $0.count } > 3)
        #expect(!ending.isComplete && ending.summary.deliveries == 3)
    }

    @Test("A sink that fails ends the replay, whose result has what was done before", arguments: [1, 4])
    func failing(width: Int) async throws {
        let sink = ScriptedSink(width: width, isImmediate: true)
        let ending = await ReplayRun(try stream(1...100), into: sink).run { _ in }
        #expect(ending.failure is CancellationError)
        #expect(!ending.isComplete && ending.summary.deliveries == 65)
    }

    @Test("Captures that were excluded or only read are counted, but not reported")
    func quiet() async throws {
        let sink = ScriptedSink(isImmediate: false) { _ in .read }
        let path = try folder.file("a.jsonl", Captures.lines((1...3).map { Captures.text("wamid.\($0)", at: Int64($0)) }))
        let filter = CaptureFilter(since: Instant(milliseconds: 2))
        let stream = CaptureStream([.lines(path: path)], filter: filter, receivedAt: Instant(milliseconds: 7))
        var outcomes = 0
        let ending = await ReplayRun(stream, into: sink).run { note in if case .outcome = note { outcomes += 1 } }
        #expect(outcomes == 0)
        #expect(sink.began.withLock { $0 } == ["line 2", "line 3"])
        #expect(ending.summary.deliveries == 2 && ending.summary.skipped == 1)
    }
}
