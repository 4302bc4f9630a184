import ArgumentParser
import Foundation
import HTTPTransport
import Journal
import Logging
import Messaging
import Replay
import SwitchboardApp

/// One replay as the command line asks for it.
struct ReplayPlan {
    private let sources: [CaptureSource]
    private let filter: ReplayFilter
    private let times: (since: String?, until: String?)
    private let target: Target
    private let events: CaptureEvents
    private let pace: ReplayPace
    private let concurrency: Int
    private let asJSON: Bool
    private let resumes: Bool
    private let checkpointPath: String?
    private let isComparing: Bool

    private enum Target {
        case gateway(ReplayClient, base: String)
        case journal(Journal.Configuration)
        /// A dry run, with the journal that it is compared with.
        case nothing(journal: String)

        var name: String {
            switch self {
            case .gateway(_, let base): base
            case .journal(let configuration): configuration.path
            case .nothing: "nothing"
            }
        }
    }

    init(_ verb: ReplayVerb) throws {
        // Neither accounts nor a settings file are needed to send captures as they are to a given URL.
        let needsNoSettings = verb.asIs && verb.to != nil && !verb.sources.contains("journal")
        let settings = needsNoSettings ? nil : try verb.configuration.settings()
        try self.init(
            sources: verb.sources, settings, target: ReplayPlan.target(verb, settings), filter: verb.which.filter,
            times: verb.which.times, pace: ReplayPace(rate: verb.rate, speed: verb.speed?.factor), concurrency: verb.concurrency,
            asJSON: verb.json, onlyDeadLetters: verb.only == .deadLetters, resumes: verb.resume,
            checkpointPath: verb.state ?? settings.map { "\($0.journal.path).replay" }, isComparing: verb.diff)
    }

    /// `captures import`: into the settings' journal.
    init(importing files: [String], _ settings: Settings, filter: ReplayFilter, asJSON: Bool) throws {
        try self.init(
            sources: files, settings, target: .journal(ReplayPlan.journal(at: settings.journal.path, settings)), filter: filter,
            times: (nil, nil), pace: ReplayPace(), concurrency: 1, asJSON: asJSON, onlyDeadLetters: false, resumes: false,
            checkpointPath: nil, isComparing: false)
    }

    private init(
        sources: [String], _ settings: Settings?, target: Target, filter: ReplayFilter, times: (since: String?, until: String?),
        pace: ReplayPace, concurrency: Int, asJSON: Bool, onlyDeadLetters: Bool, resumes: Bool, checkpointPath: String?, isComparing: Bool
    ) throws {
        self.sources = try CaptureSource.find(sources, journal: settings?.journal.path)
        let adapters = try settings.map { try AdapterRegistry.shipped.makeAdapters(for: $0.accounts) }
        events = CaptureEvents(kinds: AdapterRegistry.shipped.kinds) { adapters?[$0, $1] }
        var filter = filter
        filter.onlyDeadLetters = onlyDeadLetters
        self.filter = filter
        self.times = times
        self.target = target
        self.pace = pace
        self.concurrency = concurrency
        self.asJSON = asJSON
        self.resumes = resumes
        self.isComparing = isComparing
        self.checkpointPath = checkpointPath
    }

    private static func target(_ verb: ReplayVerb, _ settings: Settings?) throws -> Target {
        if verb.dryRun { return .nothing(journal: verb.into ?? settings?.journal.path ?? "") }
        if let into = verb.into, let settings { return .journal(journal(at: into, settings)) }
        let base = verb.to ?? settings?.server.publicURL ?? ""
        let signer = verb.asIs ? nil : try settings.map { try CaptureSigner($0) }
        return .gateway(ReplayClient(transport: try HTTPTransport(), base: base, signer: signer), base: base)
    }

    func run() async throws {
        let interruption = Interruption()
        let checkpoint = try checkpointToBegin()
        var filter = filter
        filter.since = checkpoint.since ?? filter.since
        filter.until = checkpoint.until ?? filter.until
        let stream = CaptureStream(
            sources, filter: filter, from: checkpoint.place.source, after: checkpoint.place.point, receivedAt: .now,
            isStopped: { interruption.isStopped })
        var run = ReplayRun(stream, events: events, pace: pace, concurrency: concurrency, isStopped: { interruption.isStopped })
        let sizes = Terminal.isTerminal(STDERR_FILENO) ? await SourceSizes(sources, filter) : nil
        let console = ReplayConsole(asJSON: asJSON, sizes: sizes, checkpoint: checkpoint, path: isDryRun ? nil : checkpointPath)
        var failure: ExitCode?
        do { try await perform(&run, console) } catch {
            failure = CommandFailure.failure("\(error)", CommandFailure.code(of: error))
        }
        let isKept = console.finish(isComplete: run.isComplete && failure == nil)
        printSums(run.summary, isComplete: run.isComplete && failure == nil)
        try end(run, failure, isKept: isKept)
    }

    private var isDryRun: Bool { if case .nothing = target { true } else { false } }

    /// The beginning, or where the same replay was interrupted.
    private func checkpointToBegin() throws -> ReplayCheckpoint {
        let wanted = ReplayCheckpoint(sources, target: target.name, filter: filter, times: times)
        guard resumes, let checkpointPath else { return wanted }
        guard let kept = ReplayCheckpoint(file: checkpointPath) else {
            CommandFailure.tell("no interrupted replay is remembered in \(checkpointPath): it begins at the beginning")
            return wanted
        }
        guard kept.description == wanted.description else {
            throw CommandFailure.failure(
                "the interrupted replay was another one, \(kept.description): repeat it, or begin without --resume", CommandFailure.badInput
            )
        }
        return kept
    }

    private func perform(_ run: inout ReplayRun, _ console: ReplayConsole) async throws {
        switch target {
        case .gateway(let client, _): try await run.send(to: client, now: { .now }, tell: console.tell)
        case .journal(let configuration):
            let journal = try Journal(configuration, logger: Logger(label: "switchboard.replay") { _ in SwiftLogNoOpLogHandler() })
            do { try await run.store(in: journal, tell: console.tell) } catch {
                try journal.close()
                throw error
            }
            try journal.close()
        case .nothing(let path):
            // A connection each, so that two blocks are compared at a time.
            let readers = isComparing ? [try JournalReader(path: path), try JournalReader(path: path)] : []
            try await run.read(comparingWith: readers, tell: console.tell)
        }
    }

    private func printSums(_ summary: ReplaySummary, isComplete: Bool) {
        let asJSON = asJSON || !Terminal.isTerminal(STDOUT_FILENO)
        if isDryRun {
            print(ReplayReport.lastLines(ofDryRun: summary, comparing: isComparing, isComplete: isComplete, asJSON: asJSON))
        } else {
            print(ReplayReport.lastLine(summary, isComplete: isComplete, asJSON: asJSON))
        }
    }

    private func end(_ run: ReplayRun, _ failure: ExitCode?, isKept: Bool) throws {
        let isInterrupted = !run.isComplete && failure == nil
        if isInterrupted { CommandFailure.tell("it was interrupted; what was begun is finished") }
        if isKept { CommandFailure.tell("to go on, give the same command with --resume") }
        if let failure { throw failure }
        if isInterrupted { throw CommandFailure.notNow }
        if run.summary.problems > 0 { throw CommandFailure.badInput }
        if !run.summary.isSuccess { throw CommandFailure.problemFound }
    }

    private static func journal(at path: String, _ settings: Settings) -> Journal.Configuration {
        Journal.Configuration(settings, path: path)
    }
}

extension CommandFailure {
    /// How a replay ends that could not go on.
    fileprivate static func code(of error: any Error) -> ExitCode {
        switch error {
        case let error as JournalError: code(of: error)
        case ReplayError.signing, ReplayError.at(_, .signing): badInput
        default: notNow
        }
    }
}
