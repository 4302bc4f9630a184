import Messaging
import SwitchboardTesting
import Synchronization
import Testing

@testable import Replay

@Suite("The feed of a replay")
struct ReplayFeedTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Three captures, one second apart, with an unreadable line among them. In front of them is a file that does not exist.
    private func stream() throws -> CaptureStream {
        let captures = (1...3).map { Captures.lines([Captures.text("wamid.\($0)", at: Int64($0) * 1000)]) }
        let path = try folder.file("a.jsonl", captures[0] + Array("{\n".utf8) + captures[1] + captures[2])
        return CaptureStream([.files(["\(folder.path)/none.http"]), .lines(path: path)], receivedAt: Instant(milliseconds: 7))
    }

    private func all(_ feed: inout ReplayFeed) async -> [ReplayFeed.Batch] {
        var batches: [ReplayFeed.Batch] = []
        while let batch = await feed.next() { batches.append(batch) }
        return batches
    }

    private let standing: ReplayClock = {
        let now = ContinuousClock.now
        return ReplayClock(now: { now })
    }()

    @Test("Without spacing, a batch is what a source reads at a time, and is due at once")
    func blocks() async throws {
        var feed = ReplayFeed(try stream(), pace: ReplayPace(), clock: standing, isOneByOne: false)
        let batches = await all(&feed)
        #expect(batches.map { $0.chunk.items().count } == [1, 4])
        #expect(batches.map(\.chunk.source) == [0, 1])
        #expect(batches.map(\.due) == [nil, nil])
        #expect(feed.isComplete)
    }

    @Test("With spacing or one by one, a batch is one item with its time; an item that is not a capture needs no time")
    func items() async throws {
        var spaced = ReplayFeed(try stream(), pace: ReplayPace(speed: 2), clock: standing, isOneByOne: false)
        let batches = await all(&spaced)
        #expect(batches.map { $0.chunk.items().count } == [1, 1, 1, 1, 1])
        #expect(batches.map(\.chunk.source) == [0, 1, 1, 1, 1])
        #expect(batches.map(\.due) == [.zero, .zero, .zero, .milliseconds(500), .seconds(1)])
        var unspaced = ReplayFeed(try stream(), pace: ReplayPace(), clock: standing, isOneByOne: true)
        #expect(await all(&unspaced).map(\.due) == Array(repeating: .zero, count: 5))
    }

    @Test("Once stopped, it returns nothing more and is not complete", arguments: [true, false])
    func stopped(isOneByOne: Bool) async throws {
        let isStopped = Mutex(false)
        let clock = ReplayClock(isStopped: { isStopped.withLock { $0 } })
        var feed = ReplayFeed(try stream(), pace: ReplayPace(), clock: clock, isOneByOne: isOneByOne)
        #expect(await feed.next() != nil)
        isStopped.withLock { $0 = true }
        #expect(await feed.next() == nil)
        #expect(!feed.isComplete)
    }
}
