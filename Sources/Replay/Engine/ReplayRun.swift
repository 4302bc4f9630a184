import Journal

/// One replay: passes captures from their sources to a sink at a pace, and reports the outcomes.
public struct ReplayRun<Sink: ReplaySink>: Sendable {
    private let stream: CaptureStream
    private let sink: Sink
    private let pace: ReplayPace
    private let clock: ReplayClock

    /// When the clock reports a stop, captures in flight are finished and no new ones begin.
    public init(_ stream: CaptureStream, into sink: Sink, pace: ReplayPace = ReplayPace(), clock: ReplayClock = ReplayClock()) {
        self.stream = stream
        self.sink = sink
        self.pace = pace
        self.clock = clock
    }

    /// Replays until everything is done, the replay is stopped or the sink fails. `tell` is called with each note, in the order of the
    /// captures and never concurrently.
    public func run(tell: (ReplayNote) -> Void) async -> ReplayEnding {
        var feed = ReplayFeed(stream, pace: pace, clock: clock, isOneByOne: sink.isImmediate)
        var ending = ReplayEnding()
        do {
            try await inOrder(width: sink.width) {
                await feed.next()
            } work: { [sink, clock] batch in
                await BegunBatch(batch, sink, clock)
            } consume: { batch in
                // After a stopped batch, only batches that have already taken effect count; --resume repeats all others.
                guard !ending.isStopped || sink.isImmediate else { return }
                guard let begun = batch.begun, await isDue(batch) else { return ending.isStopped = true }
                let result = try await sink.finish(begun)
                ending.count(batch, result, tell: tell)
            }
        } catch {
            ending.failure = error
        }
        ending.isStopped = ending.isStopped || !feed.isComplete
        return ending
    }

    /// Whether a batch may take effect now, or already has.
    private func isDue(_ batch: BegunBatch<Sink>) async -> Bool {
        guard !sink.isImmediate, let due = batch.due else { return true }
        return await clock.wait(until: due)
    }
}

/// A report during a replay. Captures that were only read, or excluded, are not reported.
public enum ReplayNote: Sendable {
    /// The outcome of a capture, or, without one, of a source item that is not a capture.
    case outcome(ReplayOutcome, of: Capture?)
    /// An item is stored otherwise than the current adapter reads it.
    case difference(CaptureDifference)
    /// Everything before a position is done.
    case reached(ReplayPosition)
}

/// The end of a replay.
public struct ReplayEnding: Sendable {
    /// The sums of all outcomes.
    public private(set) var summary = ReplaySummary()
    /// The error that ended the replay; nil if there was none.
    public var failure: (any Error)?
    /// Whether the replay was stopped before everything was done.
    fileprivate(set) var isStopped = false

    /// The end of a replay that has done nothing yet, or could not begin.
    public init(failure: (any Error)? = nil) { self.failure = failure }

    /// Whether everything was done.
    public var isComplete: Bool { !isStopped && failure == nil }

    /// Counts and reports the outcomes of a batch, item by item, and then the position reached.
    fileprivate mutating func count(_ batch: BegunBatch<some ReplaySink>, _ result: BatchResult, tell: (ReplayNote) -> Void) {
        var outcomes = result.outcomes.makeIterator()
        for item in batch.items {
            switch item.content {
            case .capture(let capture): count(outcomes.next() ?? .stopped, of: capture, tell: tell)
            case .done(let outcome): if !isStopped { count(outcome, of: nil, tell: tell) }
            }
        }
        summary.count(events: result.events, differences: result.differences.count)
        for difference in result.differences { tell(.difference(difference)) }
        guard !isStopped, let last = batch.items.last else { return }
        tell(.reached(ReplayPosition(source: batch.source, point: last.end)))
    }

    private mutating func count(_ outcome: ReplayOutcome, of capture: Capture?, tell: (ReplayNote) -> Void) {
        summary.count(outcome)
        switch outcome {
        case .taken, .refused, .problem: tell(.outcome(outcome, of: capture))
        case .stopped: isStopped = true
        case .read, .skipped: break
        }
    }
}

/// A batch in progress, with the result of its first step.
private struct BegunBatch<Sink: ReplaySink>: Sendable {
    let source: Int
    let items: [SourceItem]
    let due: Duration?
    /// Nil if the replay was stopped before the batch was due.
    let begun: Sink.Begun?

    init(_ batch: ReplayFeed.Batch, _ sink: Sink, _ clock: ReplayClock) async {
        source = batch.chunk.source
        items = batch.chunk.items()
        due = batch.due
        if sink.isImmediate, let due, !(await clock.wait(until: due)) {
            begun = nil
            return
        }
        begun = await sink.begin(items.compactMap { item in if case .capture(let capture) = item.content { capture } else { nil } })
    }
}

/// Runs `work` on up to `width` elements at a time and passes the results on one by one, in the order of the elements.
///
/// `consume` runs while the next elements are worked on. If it or `next` throws, work in progress is finished and nothing new begins.
func inOrder<Input: Sendable, Output: Sendable>(
    width: Int, next: () async throws -> Input?, work: @escaping @Sendable (Input) async -> Output,
    consume: (Output) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: (number: Int, output: Output).self) { group in
        var finished: [Int: Output] = [:]
        var begun = 0
        var consumed = 0
        func fill() async throws {
            while begun - consumed < width, let input = try await next() {
                let number = begun
                group.addTask { (number, await work(input)) }
                begun += 1
            }
        }
        try await fill()
        while consumed < begun {
            while finished[consumed] == nil, let result = try await group.next() { finished[result.number] = result.output }
            guard let output = finished.removeValue(forKey: consumed) else { return }
            consumed += 1
            try await fill()
            try await consume(output)
        }
    }
}
