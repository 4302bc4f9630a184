import ArgumentParser
import Foundation
import HTTPTransport
import Journal
import Messaging
import Operations
import Replay
import Supabase
import SwitchboardApp

/// One replay as given on the command line.
struct ReplayPlan {
    private let operation: ReplayOperation
    private let filter: CaptureFilter
    private let which: CaptureFilterOptions
    private let asJSON: Bool
    private let resumes: Bool
    private let limit: Int?
    /// Nil if no position is kept.
    private let checkpointPath: String?
    /// Nil if the replay needs no settings.
    private let settings: Settings?
    /// The gateway of the settings, if the user named none.
    private let impliedTarget: String?

    init(_ verb: ReplayVerb) throws {
        // Neither accounts nor a settings file are needed to send captures as they are to a given URL.
        let needsNoSettings = verb.asIs && verb.to != nil && !verb.sources.contains("journal")
        settings = needsNoSettings ? nil : try verb.configuration.settings(for: .accounts)
        if let settings, !verb.asIs { try KnownNames(settings).requireConfigured(verb.filter) }
        if let settings, verb.sources.contains("journal") { try VerbJournal.requireThere(settings) }
        operation = try ReplayPlan.operation(
            verb.sources, to: ReplayPlan.target(verb, settings), settings, pace: ReplayPace(rate: verb.rate, speed: verb.speed?.factor),
            concurrency: verb.concurrency, asJSON: verb.json)
        filter = verb.filter
        which = verb.which
        asJSON = verb.json
        resumes = verb.resume
        if case .gateway(_, let base) = operation.target, verb.to == nil { impliedTarget = base } else { impliedTarget = nil }
        limit = verb.limit
        checkpointPath = limit == nil ? verb.state ?? settings.map { "\($0.journal.path).replay" } : nil
    }

    /// The replay of `captures import`, into the settings' journal.
    init(importing files: [String], _ settings: Settings, which: CaptureFilterOptions, asJSON: Bool) throws {
        let journal = Journal.Configuration(importing: settings, path: settings.journal.path)
        self.settings = settings
        self.which = which
        filter = which.filter
        try KnownNames(settings).requireConfigured(filter)
        operation = try ReplayPlan.operation(files, to: .journal(journal), settings, asJSON: asJSON)
        self.asJSON = asJSON
        resumes = false
        limit = nil
        checkpointPath = nil
        impliedTarget = nil
    }

    private static func operation(
        _ sources: [String], to target: ReplayOperation.Target, _ settings: Settings?, pace: ReplayPace = ReplayPace(),
        concurrency: Int = 1, asJSON: Bool
    ) throws -> ReplayOperation {
        // A program that reads JSON gets an object for each problem and for the sums, even if a single source cannot be read.
        let sources = try CaptureSource.find(sources, journal: settings?.journal.path, throwsOfOne: !asJSON)
        let adapters = try settings.map { try AdapterRegistry.shipped.makeAdapters(for: $0.accounts) }
        let hint = settings.flatMap { DevelopmentAccounts.hint(for: $0) }
        let events = CaptureEvents(kinds: AdapterRegistry.shipped.kinds, hint: hint) { adapters?[$0, $1] }
        return ReplayOperation(sources: sources, to: target, events: events, pace: pace, concurrency: concurrency)
    }

    private static func target(_ verb: ReplayVerb, _ settings: Settings?) throws -> ReplayOperation.Target {
        if verb.dryRun { return .nothing(comparedWith: verb.diff ? verb.into ?? settings?.journal.path ?? "" : nil) }
        if let into = verb.into, let settings { return .journal(Journal.Configuration(importing: settings, path: into)) }
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
        // With a limit, the sizes of the sources do not say how much is to be done.
        let sizes = limit == nil && Terminal.isTerminal(STDERR_FILENO) ? await SourceSizes(operation.sources, filter) : nil
        if let impliedTarget {
            let target = MaskedURL.text(impliedTarget)
            let source = settings?.server.sourceOfPublicURL ?? ""
            VerbExit.tell("replaying to \(target) (\(source) of the settings); for another gateway, use --to URL")
        }
        let console = ReplayConsole(asJSON: asJSON, sizes: sizes, checkpoint: checkpoint, path: operation.isDryRun ? nil : checkpointPath)
        let result = await operation.run(
            filter, from: checkpoint.position, limit: limit, isStopped: { interruption.isStopped }, tell: console.tell)
        let failure = result.failure.map { error in
            (error as? JournalError).map { VerbExit.failure($0, settings) } ?? VerbExit.failure("\(error)", VerbExit.code(of: error))
        }
        let isKept = console.finish(isComplete: result.isComplete)
        print(asJSON ? result.json : result.text)
        if !asJSON {
            for note in [noteOnSecrets(console.unauthenticated.sorted()), noteOnTokens(console.unknownTokens)] { note.map(VerbExit.tell) }
        }
        try end(result, failure, isKept: isKept)
    }

    /// With whose secrets the deliveries were signed that were answered 401: those of other settings than the gateway's, if the verb runs in
    /// another folder. Nil if nothing was signed.
    private func noteOnSecrets(_ accounts: [String]) -> String? {
        guard case .gateway(let client, _) = operation.target, client.signs, let settings, !accounts.isEmpty else { return nil }
        let file =
            settings.hasDevelopmentAccounts
            ? "\(DevelopmentAccounts.path(for: settings)) (accounts for development)"
            : settings.file.map { URL(fileURLWithPath: $0).path } ?? "the default settings"
        return """
            answered 401: deliveries of \(accounts.joined(separator: ", ")) were signed with the first secret of each account in \(file). If the \
            gateway has other settings, name them with --config
            """
    }

    /// Why deliveries of browsers were answered 401, which no signature could prevent. Nil if none was.
    private func noteOnTokens(_ count: Int) -> String? {
        guard count > 0 else { return nil }
        return """
            answered 401: \(count == 1 ? "1 delivery has" : "\(count) deliveries have") a session's token instead of a signature, as a browser \
            sends it, and no active session has this token. Such a delivery cannot be replayed as it is
            """
    }

    private static let noteOnDifferences = """
        an item that differs has the id of a stored item, but other content; it changes nothing. Its delivery is kept in the journal that \
        received it: `captures list` lists it there, and `captures show ID` shows the differences
        """

    /// The beginning, or the position at which the same replay was interrupted.
    private func checkpointToBegin() throws -> ReplayCheckpoint {
        let wanted = ReplayCheckpoint(operation.sources, target: operation.target.name, filter: filter, times: which.times)
        guard resumes, let checkpointPath else { return wanted }
        guard let kept = ReplayCheckpoint(file: checkpointPath) else {
            VerbExit.tell("\(checkpointPath) holds no interrupted replay: this one starts from the beginning")
            return wanted
        }
        guard kept.description == wanted.description else {
            throw VerbExit.failure(
                """
                the interrupted replay was a different one: \(kept.description). Repeat that command with --resume, or run this one \
                without --resume
                """, VerbExit.badInput)
        }
        return kept
    }

    private func end(_ result: ReplayResult, _ failure: ExitCode?, isKept: Bool) throws {
        let isInterrupted = !result.isComplete && failure == nil
        if isInterrupted { VerbExit.tell("the replay was interrupted; what had begun was finished") }
        if result.summary.counts.differing > 0, !asJSON { VerbExit.tell(Self.noteOnDifferences) }
        if isKept { VerbExit.tell("to continue, repeat the command with --resume") }
        if let failure { throw failure }
        if isInterrupted { throw VerbExit.notNow }
        if result.summary.problems > 0 { throw VerbExit.badInput }
        if !result.summary.isSuccess { throw VerbExit.problemFound }
        if result.summary.deliveries == 0, result.isComplete, !resumes {
            try which.since?.requirePast()
            if !asJSON { VerbExit.tell("no delivery matches") }
        }
    }
}

extension VerbExit {
    /// The exit code for an error that ended a replay.
    fileprivate static func code(of error: any Error) -> ExitCode {
        switch error {
        case ReplayError.signing, ReplayError.at(_, .signing): badInput
        default: notNow
        }
    }
}
