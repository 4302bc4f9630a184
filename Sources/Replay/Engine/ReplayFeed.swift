import Journal
import Messaging

/// Hands out the captures of a replay's sources in batches, each with its time.
struct ReplayFeed {
    /// Whether everything was handed out; known after the last batch.
    private(set) var isComplete = true

    private var stream: CaptureStream
    private var pace: ReplayPace
    private let clock: ReplayClock
    private let isOneByOne: Bool
    private var items: ArraySlice<SourceItem> = []
    private var source = 0

    /// A batch is what a source reads at a time; where captures are spaced, or where `isOneByOne`, it is one.
    init(_ stream: CaptureStream, pace: ReplayPace, clock: ReplayClock, isOneByOne: Bool) {
        self.stream = stream
        self.pace = pace
        self.clock = clock
        self.isOneByOne = isOneByOne || !pace.isUnlimited
    }

    /// Some items, and when they are due.
    struct Batch: Sendable {
        let chunk: SourceChunk
        /// Since the beginning of the replay; nil where it waits for nothing, not even to be stopped.
        let due: Duration?
    }

    /// The next batch; nil after the last one, and where the replay was stopped.
    mutating func next() async -> Batch? { isOneByOne ? await nextItem() : await nextChunk().map { Batch(chunk: $0, due: nil) } }

    private mutating func nextItem() async -> Batch? {
        while items.isEmpty {
            guard let chunk = await nextChunk() else { return nil }
            source = chunk.source
            items = chunk.items()[...]
        }
        guard !clock.isStopped else {
            isComplete = false
            return nil
        }
        let item = items.removeFirst()
        var due = Duration.zero
        // What is no capture has no time.
        if case .capture(let capture) = item.content, !pace.isUnlimited {
            due = pace.due(receivedAt: capture.delivery.receivedAt, now: clock.elapsed)
        }
        return Batch(chunk: SourceChunk(item, of: source), due: due)
    }

    private mutating func nextChunk() async -> SourceChunk? {
        guard !clock.isStopped else {
            isComplete = false
            return nil
        }
        let chunk = await stream.next()
        // A pipe that had nothing when it was stopped is not at its end.
        if chunk == nil, clock.isStopped { isComplete = false }
        return chunk
    }
}
