import Messaging
import Replay
import SwitchboardTesting
import Testing

@Suite("Where an interrupted replay goes on")
struct ReplayCheckpointTests {
    @Test("A checkpoint is read back as it was; what is none is none")
    func file() throws {
        let folder = try TemporaryFolder()
        var filter = ReplayFilter()
        filter.adapter = "chat"
        let place = ReplayPlace(source: 1, point: SourcePoint(offset: 5_000_000_000, count: 7))
        let checkpoint = ReplayCheckpoint([.lines(path: "a"), .journal(path: "b")], target: "http://h", filter: filter, place: place)
        #expect(checkpoint.description == "a, b to http://h, adapter chat")
        let path = "\(folder.path)/state"
        #expect(ReplayCheckpoint(file: path) == nil)
        try checkpoint.write(to: path)
        #expect(ReplayCheckpoint(file: path) == checkpoint)
        #expect(ReplayCheckpoint(file: try folder.file("other", "{}")) == nil)
    }
}
