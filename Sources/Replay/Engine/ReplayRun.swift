import Foundation
import Messaging

/// One replay: captures from their sources to where they go, and what it tells on its way.
public struct ReplayRun: Sendable {
    /// What `tell` is called with, in the order of the captures.
    public enum Note: Sendable {
        case outcome(SourcedCapture, ReplayOutcome)
        case problem(CaptureProblem)
        case difference(FoundDifference)
        /// So far everything up to a place is done.
        case reached(ReplayPlace)
    }

    /// Called with every note, never twice at a time.
    public typealias Tell = (Note) -> Void

    /// What became of everything so far.
    public internal(set) var summary = ReplaySummary()
    /// Whether nothing is left.
    public internal(set) var isComplete = true

    var stream: CaptureStream
    let events: CaptureEvents
    var pace: ReplayPace
    let concurrency: Int
    let isStopped: @Sendable () -> Bool
    private let started = ContinuousClock.now

    /// `isStopped` is asked before each step: what is in flight then is finished, and nothing new begun.
    public init(
        _ stream: CaptureStream, events: CaptureEvents, pace: ReplayPace = ReplayPace(), concurrency: Int = 1,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        self.stream = stream
        self.events = events
        self.pace = pace
        self.concurrency = concurrency
        self.isStopped = isStopped
    }

    /// The time since the beginning.
    var elapsed: Duration { ContinuousClock.now - started }

    /// Waits until a time since the beginning; false where it was stopped before.
    func wait(until due: Duration) async -> Bool {
        while !isStopped() {
            let left = due - elapsed
            guard left > .zero else { return true }
            do { try await Task.sleep(for: min(left, .milliseconds(100))) } catch { return false }
        }
        return false
    }

    /// The next block, unless it was stopped.
    mutating func nextBlock() async -> NumberedBlock? {
        if isStopped() {
            isComplete = false
            return nil
        }
        let block = await stream.next()
        // A pipe that had nothing when it was stopped is not at its end.
        if block == nil, isStopped() { isComplete = false }
        return block
    }
}

/// How far a replay is: everything before is done.
public struct ReplayPlace: Sendable, Equatable {
    /// The source's place among the sources.
    public var source: Int
    /// In that source.
    public var point: SourcePoint

    /// The beginning, unless it says otherwise.
    public init(source: Int = 0, point: SourcePoint = SourcePoint()) {
        self.source = source
        self.point = point
    }
}
