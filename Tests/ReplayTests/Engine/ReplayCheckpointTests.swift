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

    @Test("An age is the same replay later, with the time that it meant when it began")
    func age() throws {
        let folder = try TemporaryFolder()
        let checkpoints = [Int64(1000), 2000].map { time in
            var filter = ReplayFilter()
            filter.since = Instant(milliseconds: time)
            return ReplayCheckpoint([.lines(path: "a")], target: "b", filter: filter, times: ("30d", nil))
        }
        #expect(checkpoints[0].description == "a to b, since 30d")
        #expect(checkpoints[0].description == checkpoints[1].description)
        let path = "\(folder.path)/state"
        try checkpoints[0].write(to: path)
        #expect(ReplayCheckpoint(file: path)?.since == Instant(milliseconds: 1000))
        #expect(ReplayCheckpoint(file: path) == checkpoints[0])
    }
}
