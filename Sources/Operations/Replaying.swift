public import JSON
public import Journal
import Logging
import Messaging
public import Replay

/// One replay: its captures, its target and its pace.
public struct ReplayOperation: Sendable {
    /// Where captures are sent or stored.
    public enum Target: Sendable {
        /// A gateway, by HTTP; `base` is its URL.
        case gateway(ReplayClient, base: String)
        /// The file of a journal.
        case journal(Journal.Configuration)
        /// Nothing: a dry run. With a path, captures are compared with that journal.
        case nothing(comparedWith: String?)

        /// The URL or the path, by which an interrupted replay is recognized.
        public var name: String {
            switch self {
            case .gateway(_, let base): base
            case .journal(let configuration): configuration.path
            case .nothing: "nothing"
            }
        }
    }

    /// The sources, in order.
    public let sources: [CaptureSource]
    /// The target.
    public let target: Target
    private let events: CaptureEvents
    private let pace: ReplayPace
    private let concurrency: Int

    /// `concurrency` is the number of captures sent at a time.
    public init(sources: [CaptureSource], to target: Target, events: CaptureEvents, pace: ReplayPace = ReplayPace(), concurrency: Int = 1) {
        self.sources = sources
        self.target = target
        self.events = events
        self.pace = pace
        self.concurrency = concurrency
    }

    /// Replays what the filter selects from a position on, at most `limit` captures, until everything is done or `isStopped` returns true;
    /// `tell` is called with each note. A failure ends the replay; the result has it together with what was done before.
    public func run(
        _ filter: CaptureFilter, from position: ReplayPosition = ReplayPosition(), limit: Int? = nil,
        isStopped: @escaping @Sendable () -> Bool = { false }, tell: (ReplayNote) -> Void
    ) async -> ReplayResult {
        let stream = CaptureStream(sources, filter: filter, from: position, limit: limit, receivedAt: .now, isStopped: isStopped)
        let ending: ReplayEnding
        do { ending = try await run(stream, ReplayClock(isStopped: isStopped), tell) } catch { ending = ReplayEnding(failure: error) }
        return ReplayResult(ending, isDryRun: isDryRun, isComparing: comparedJournal != nil)
    }

    /// Whether nothing is sent or stored.
    public var isDryRun: Bool { if case .nothing = target { true } else { false } }
    private var comparedJournal: String? { if case .nothing(let path) = target { path } else { nil } }

    /// An existing journal is opened at once, so that nothing is read if it cannot be written. A new one is created for the first capture
    /// that can be stored.
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

    /// Throws if the replay cannot begin.
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
            // Two connections, so that two batches are compared at a time.
            let readers = try path.map { [try JournalReader(path: $0), try JournalReader(path: $0)] } ?? []
            // Without the pace, since nothing takes effect.
            return await ReplayRun(stream, into: ComparisonSink(with: readers, events: events), clock: clock).run(tell: tell)
        }
    }
}

/// The result of a replay.
public struct ReplayResult: Presentable {
    /// The sums of all outcomes.
    public let summary: ReplaySummary
    /// False if the replay was interrupted or failed.
    public let isComplete: Bool
    /// Whether nothing was sent or stored.
    public let isDryRun: Bool
    /// Whether a dry run was compared with a journal.
    public let isComparing: Bool
    /// The error that ended the replay; nil if there was none.
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

extension Journal {
    /// Replays one delivery into this journal, which is the one that keeps it: `switchboard replay journal` does the same for many.
    public func replay(_ capture: Capture, _ events: CaptureEvents) async throws -> ReplayedCapture {
        let sink = JournalSink(self, events: events)
        let result = try await sink.finish(sink.begin([capture]))
        return ReplayedCapture(outcome: result.outcomes.first ?? .skipped)
    }
}

/// The result of replaying one delivery.
public struct ReplayedCapture: Presentable, Equatable {
    private let result: ReplayOutcome

    init(outcome: ReplayOutcome) { result = outcome }

    private var counts: ReplayCounts { if case .taken(let counts) = result { counts } else { ReplayCounts() } }

    /// Why items were rejected, or the whole delivery was refused.
    public var rejections: [String] {
        switch result {
        case .taken(let counts):
            counts.reasons + (counts.rejected > counts.reasons.count ? ["and \(counts.rejected - counts.reasons.count) more"] : [])
        case .refused(let refusal): [refusal.detail]
        case .problem(let problem): [problem.reason]
        case .read, .skipped, .stopped: []
        }
    }

    /// The result in one line.
    public var outcome: String {
        "accepted \(counts.accepted), duplicates \(counts.duplicates)" + (rejections.isEmpty ? "" : ", rejected: \(rejections[0])")
    }

    /// Writes `{"accepted":…,"duplicates":…,"differing":…,"rejected":[…]}`; `differing` only if there are such items.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("accepted", counts.accepted)
            object.member("duplicates", counts.duplicates)
            if counts.differing > 0 { object.member("differing", counts.differing) }
            object.key("rejected")
            object.array { list in
                for reason in rejections { list.string(reason) }
            }
        }
    }
}
