import Journal
import Messaging

/// Hands out the captures of a replay's sources in batches, each with the time at which it is due.
struct ReplayFeed {
    /// Whether everything was handed out; valid after the last batch.
    private(set) var isComplete = true

    private var stream: CaptureStream
    private var pace: ReplayPace
    private let clock: ReplayClock
    private let isOneByOne: Bool
    private var items: ArraySlice<SourceItem> = []
    private var source = 0

    /// A batch is what a source reads at a time, or a single capture if captures are spaced in time or `isOneByOne` is true.
    init(_ stream: CaptureStream, pace: ReplayPace, clock: ReplayClock, isOneByOne: Bool) {
        self.stream = stream
        self.pace = pace
        self.clock = clock
        self.isOneByOne = isOneByOne || !pace.isUnlimited
    }

    /// Some items with the time at which they are due.
    struct Batch: Sendable {
        let chunk: SourceChunk
        /// The time since the start of the replay; nil if the batch does not wait, not even to check whether the replay was stopped.
        let due: Duration?
    }

    /// The next batch; nil after the last one, or if the replay was stopped.
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
        // Only captures have a time.
        if case .capture(let capture) = item.content, !pace.isUnlimited {
            due = pace.due(receivedAt: capture.delivery.receivedAt, now: clock.elapsed)
        }
        return Batch(chunk: SourceChunk([item], of: source), due: due)
    }

    private mutating func nextChunk() async -> SourceChunk? {
        guard !clock.isStopped else {
            isComplete = false
            return nil
        }
        let chunk = await stream.next()
        // A pipe that had no data when the replay was stopped may not be at its end.
        if chunk == nil, clock.isStopped { isComplete = false }
        return chunk
    }
}
