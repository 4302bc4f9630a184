import Foundation
import Journal
import Messaging
import Replay
import SwitchboardTesting
import Testing

@Suite("The position from which an interrupted replay continues")
struct ReplayCheckpointTests {
    @Test("A checkpoint is read back as it was; anything else is not a checkpoint")
    func file() throws {
        let folder = try TemporaryFolder()
        let filter = CaptureFilter(adapter: "chat")
        let position = ReplayPosition(source: 1, point: SourcePoint(offset: 5_000_000_000, count: 7))
        let checkpoint = ReplayCheckpoint([.lines(path: "a"), .journal(path: "b")], target: "http://h", filter: filter, position: position)
        #expect(checkpoint.description == "a, b to http://h, adapter chat")
        let path = "\(folder.path)/state"
        #expect(ReplayCheckpoint(file: path) == nil)
        try checkpoint.write(to: path)
        #expect(ReplayCheckpoint(file: path) == checkpoint)
        #expect(ReplayCheckpoint(file: try folder.file("other", "{}")) == nil)
    }

    @Test("A replay with an age, such as 30d, is recognized later, with the time that the age meant at its start")
    func age() throws {
        let folder = try TemporaryFolder()
        let checkpoints = [Int64(1000), 2000].map { time in
            let filter = CaptureFilter(since: Instant(milliseconds: time))
            return ReplayCheckpoint([.lines(path: "a")], target: "b", filter: filter, times: ("30d", nil))
        }
        #expect(checkpoints[0].description == "a to b, since 30d")
        #expect(checkpoints[0].description == checkpoints[1].description)
        let path = "\(folder.path)/state"
        try checkpoints[0].write(to: path)
        #expect(ReplayCheckpoint(file: path)?.since == Instant(milliseconds: 1000))
        #expect(ReplayCheckpoint(file: path) == checkpoints[0])
    }

    @Test("The file is written at intervals while a replay runs, and at its end if the replay is not complete")
    func keeping() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/state"
        let start = ContinuousClock.now
        var file = CheckpointFile(ReplayCheckpoint([.lines(path: "a")], target: "b", filter: CaptureFilter()), path: path, now: start)
        let kept = { ReplayCheckpoint(file: path)?.position.point.count }
        for (count, seconds, written) in [(1, 1, nil), (2, 3, 2), (3, 4, 2), (4, 6, 4)] as [(Int, Int, Int?)] {
            file.reached(ReplayPosition(point: SourcePoint(count: count)), now: start + .seconds(seconds))
            #expect(kept() == written)
        }
        file.reached(ReplayPosition(point: SourcePoint(count: 5)), now: start + .seconds(7))
        #expect(file.finish(isComplete: false))
        #expect(kept() == 5)
    }

    @Test("A complete replay removes its own file but not another replay's; without a path no file is written")
    func finished() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/state"
        let checkpoints = ["a", "b"].map { ReplayCheckpoint([.lines(path: $0)], target: "c", filter: CaptureFilter()) }
        try checkpoints[0].write(to: path)
        #expect(!CheckpointFile(checkpoints[1], path: path).finish(isComplete: true))
        #expect(ReplayCheckpoint(file: path) == checkpoints[0])
        // A replay that could not begin has nothing to keep, and leaves another replay's file alone.
        #expect(!CheckpointFile(checkpoints[1], path: path).finish(isComplete: false))
        #expect(ReplayCheckpoint(file: path) == checkpoints[0])
        #expect(CheckpointFile(checkpoints[0], path: path).finish(isComplete: false))
        #expect(!CheckpointFile(checkpoints[0], path: path).finish(isComplete: true))
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!CheckpointFile(checkpoints[0], path: nil).finish(isComplete: false))
        #expect(!CheckpointFile(checkpoints[0], path: "\(folder.path)/none/state").finish(isComplete: false))
    }
}
