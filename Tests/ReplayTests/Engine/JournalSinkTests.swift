import Journal
import Messaging
import SwitchboardTesting
import Synchronization
import Testing

@testable import Replay

@Suite("Replaying into a journal that does not exist yet")
struct JournalSinkTests {
    @Test("The journal is created for the first capture that can be stored, and not at all if there is none")
    func noJournal() async throws {
        let folder = try TemporaryFolder()
        var unknown = Captures.text("wamid.1")
        unknown.delivery.adapter = "fax"
        let path = try folder.file("a.jsonl", Captures.lines([unknown]) + Array("{\n".utf8))
        let opened = Mutex(0)
        let sink = JournalSink(events: Captures.events) {
            opened.withLock { $0 += 1 }
            return try folder.journal()
        }
        let ending = await ReplayRun(CaptureStream([.lines(path: path)], receivedAt: .now), into: sink).run { _ in }
        #expect(ending.summary.problems == 2 && opened.withLock { $0 } == 0)
        let good = try folder.file("b.jsonl", Captures.lines([Captures.text("wamid.2"), Captures.text("wamid.3")]))
        let stored = await ReplayRun(CaptureStream([.lines(path: good)], receivedAt: .now), into: sink).run { _ in }
        #expect(stored.summary.counts == ReplayCounts(accepted: 2) && opened.withLock { $0 } == 1)
        try sink.close()
    }
}
