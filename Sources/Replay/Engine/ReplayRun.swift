import Journal

/// One replay: captures from their sources to a sink, at a pace, and what is told on the way.
public struct ReplayRun<Sink: ReplaySink>: Sendable {
    private let stream: CaptureStream
    private let sink: Sink
    private let pace: ReplayPace
    private let clock: ReplayClock

    /// When the clock says that it was stopped, what is in flight is finished and nothing new begun.
    public init(_ stream: CaptureStream, into sink: Sink, pace: ReplayPace = ReplayPace(), clock: ReplayClock = ReplayClock()) {
        self.stream = stream
        self.sink = sink
        self.pace = pace
        self.clock = clock
    }

    /// Replays until all is done, it is stopped or the sink fails. `tell` is called with what happens, in the order of the captures and
    /// never twice at a time.
    public func run(tell: (ReplayNote) -> Void) async -> ReplayEnding {
        var feed = ReplayFeed(stream, pace: pace, clock: clock, isOneByOne: sink.isImmediate)
        var ending = ReplayEnding()
        do {
            try await inOrder(width: sink.width) {
                await feed.next()
            } work: { [sink, clock] batch in
                await BegunBatch(batch, sink, clock)
            } consume: { batch in
                // Behind a batch that was stopped only those count that took effect already; --resume repeats all others.
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

    /// Whether a batch may take effect now, or has.
    private func isDue(_ batch: BegunBatch<Sink>) async -> Bool {
        guard !sink.isImmediate, let due = batch.due else { return true }
        return await clock.wait(until: due)
    }
}

/// What a replay tells on its way. What was only read or not asked for is not told.
public enum ReplayNote: Sendable {
    /// What became of a capture; without one, what stands in its place in a source.
    case outcome(ReplayOutcome, of: Capture?)
    /// An item is stored otherwise than today's adapter makes it.
    case difference(CaptureDifference)
    /// So far everything up to a position is done.
    case reached(ReplayPosition)
}

/// How a replay ended.
public struct ReplayEnding: Sendable {
    /// What became of everything.
    public private(set) var summary = ReplaySummary()
    /// Why it could not go on; nil where it could.
    public var failure: (any Error)?
    /// Whether it was stopped before everything was done.
    fileprivate(set) var isStopped = false

    /// A replay that did nothing yet, or could not begin.
    public init(failure: (any Error)? = nil) { self.failure = failure }

    /// Whether nothing is left.
    public var isComplete: Bool { !isStopped && failure == nil }

    /// Counts and tells what became of a batch, item by item, and where the replay is then.
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

/// A batch on its way, with what its first step came to.
private struct BegunBatch<Sink: ReplaySink>: Sendable {
    let source: Int
    let items: [SourceItem]
    let due: Duration?
    /// Nil where it was stopped before its time.
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

/// Does `work` on up to `width` elements at a time and hands the results on one after the other, in the elements' order.
///
/// `consume` runs while the next elements are worked on; an error of it, or of `next`, waits for what was begun and ends the rest.
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
