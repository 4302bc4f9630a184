public import JSON
public import Journal
import Logging
import Messaging
public import Replay

/// One replay: which captures are replayed, where they go, and how fast.
public struct ReplayOperation: Sendable {
    /// Where captures go.
    public enum Target: Sendable {
        /// To a gateway by HTTP; `base` is its URL.
        case gateway(ReplayClient, base: String)
        /// Into a journal's file.
        case journal(Journal.Configuration)
        /// Nowhere: a dry run. With a journal's path, it is compared with what that journal holds.
        case nothing(comparedWith: String?)

        /// The URL or the path, by which an interrupted replay is known again.
        public var name: String {
            switch self {
            case .gateway(_, let base): base
            case .journal(let configuration): configuration.path
            case .nothing: "nothing"
            }
        }
    }

    /// What is replayed, in this order.
    public let sources: [CaptureSource]
    /// Where it goes.
    public let target: Target
    private let events: CaptureEvents
    private let pace: ReplayPace
    private let concurrency: Int

    /// `concurrency` is how many captures are sent at a time.
    public init(sources: [CaptureSource], to target: Target, events: CaptureEvents, pace: ReplayPace = ReplayPace(), concurrency: Int = 1) {
        self.sources = sources
        self.target = target
        self.events = events
        self.pace = pace
        self.concurrency = concurrency
    }

    /// Replays what the filter names from a position on, until all is done or `isStopped` says so; `tell` is told what happens. A failure ends it,
    /// and is in the result with what was done by then.
    public func run(
        _ filter: CaptureFilter, from position: ReplayPosition = ReplayPosition(), isStopped: @escaping @Sendable () -> Bool = { false },
        tell: (ReplayNote) -> Void
    ) async -> ReplayResult {
        let stream = CaptureStream(sources, filter: filter, from: position, receivedAt: .now, isStopped: isStopped)
        let ending: ReplayEnding
        do { ending = try await run(stream, ReplayClock(isStopped: isStopped), tell) } catch { ending = ReplayEnding(failure: error) }
        return ReplayResult(ending, isDryRun: isDryRun, isComparing: comparedJournal != nil)
    }

    /// Whether nothing is sent or stored.
    public var isDryRun: Bool { if case .nothing = target { true } else { false } }
    private var comparedJournal: String? { if case .nothing(let path) = target { path } else { nil } }

    /// A journal that is there is opened at once, so that nothing is read where it cannot be written to. A new one is made for the first
    /// capture that can be stored.
    private func journalSink(_ configuration: Journal.Configuration) throws -> JournalSink {
        let open = { @Sendable in
            try Journal(configuration, logger: Logger(label: "switchboard.replay") { _ in SwiftLogNoOpLogHandler() })
        }
        do throws(JournalError) { try JournalReader.requireJournal(at: configuration.path) } catch {
            guard error.absentPath != nil else { throw error }
            return JournalSink(events: events, opening: open)
        }
        return JournalSink(try open(), events: events)
    }

    /// Throws where it cannot begin.
    private func run(_ stream: CaptureStream, _ clock: ReplayClock, _ tell: (ReplayNote) -> Void) async throws -> ReplayEnding {
        switch target {
        case .gateway(let client, _):
            let sink = GatewaySink(client, events: events, concurrency: concurrency, clock: clock)
            return await ReplayRun(stream, into: sink, pace: pace, clock: clock).run(tell: tell)
        case .journal(let configuration):
            let sink = try journalSink(configuration)
            var ending = await ReplayRun(stream, into: sink, pace: pace, clock: clock).run(tell: tell)
            do { try sink.close() } catch { ending.failure = ending.failure ?? error }
            return ending
        case .nothing(let path):
            // A connection each, so that two batches are compared at a time.
            let readers = try path.map { [try JournalReader(path: $0), try JournalReader(path: $0)] } ?? []
            // Nothing takes effect, so that there is nothing to space.
            return await ReplayRun(stream, into: ComparisonSink(with: readers, events: events), clock: clock).run(tell: tell)
        }
    }
}

/// What became of a replay.
public struct ReplayResult: Presentable {
    /// What became of everything.
    public let summary: ReplaySummary
    /// False where it was interrupted, or failed.
    public let isComplete: Bool
    /// Whether nothing was sent or stored.
    public let isDryRun: Bool
    /// Whether a dry run was compared with a journal.
    public let isComparing: Bool
    /// Why it could not go on; nil where it could.
    public let failure: (any Error)?

    init(_ ending: ReplayEnding, isDryRun: Bool, isComparing: Bool) {
        summary = ending.summary
        isComplete = ending.isComplete
        failure = ending.failure
        self.isDryRun = isDryRun
        self.isComparing = isComparing
    }

    /// The sums for a terminal.
    public var text: String { lastLines(asJSON: false) }

    /// Writes the sums.
    public func write(to writer: inout JSONWriter) { writer.raw(lastLines(asJSON: true)) }

    private func lastLines(asJSON: Bool) -> String {
        isDryRun
            ? ReplayReport.lastLines(ofDryRun: summary, comparing: isComparing, isComplete: isComplete, asJSON: asJSON)
            : ReplayReport.lastLine(summary, isComplete: isComplete, asJSON: asJSON)
    }
}
