import ArgumentParser
import Foundation
import Journal
import Replay
import SwitchboardApp

/// `switchboard replay`. It is not named after its verb, since that is the name of a module.
struct ReplayVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replay captured deliveries: send them to a gateway, store them in a journal, or only show what they contain.",
        usage: "switchboard replay <source> ... [<options>]",
        discussion: """
            A delivery is one webhook request, kept as it was received. Before it is sent, it is signed again with the secret of its \
            account. Its items count as accepted (new), duplicate (stored before; nothing changes) or rejected (the gateway cannot read \
            them), so a replay may be repeated. A delivery that the gateway does not accept as a whole counts as refused.

            A source is `journal` (the journal of the settings), the file of another journal, a .http file, a JSON Lines or HAR file, a \
            folder of such files, or - for standard input. A missing source, or a line that is not a capture, is reported, and the others \
            are still replayed.

            A delivery that was authenticated by a session token cannot be sent, because tokens are not kept; with --into it is stored for \
            the person whose session it was. ctrl-C finishes the requests that have begun; --resume continues later.

            \(VerbExit.codes(
                "every item was accepted, a duplicate, or differs from the stored one, also if nothing matches",
                found: "an item was rejected, a delivery was refused or not sent, or --diff found differences",
                input: "wrong settings or sources", names: "account or adapter",
                notNow: "the gateway does not answer, or the replay was interrupted"))

            Examples:
              switchboard replay Webhooks/WhatsAppCloud --to http://127.0.0.1:8000
              switchboard replay journal --since 30d --dry-run --diff
              switchboard replay old.sqlite --into /var/lib/switchboard/journal.sqlite
              switchboard captures export -o - |
                ssh staging switchboard replay - --into journal.sqlite
            """)

    @Argument(
        help: ArgumentHelp("What to replay: journal, files, folders of them, or - for standard input.", valueName: "source"),
        completion: .file())
    var sources: [String]

    @Option(help: ArgumentHelp("Send to the gateway at this URL. Default: \(GatewayURL.byDefault).", valueName: "url"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "Store in this journal instead of sending. The file is created if it does not exist.", valueName: "file"), completion: .file())
    var into: String?

    @OptionGroup(title: "Which deliveries") var which: CaptureFilterOptions

    @Option(
        help: ArgumentHelp(
            "Replay at most this many deliveries: the first ones of the sources; of a journal, the oldest. Default: all.",
            valueName: "number"))
    var limit: Int?

    @Option(
        help: ArgumentHelp("dead-letters: only deliveries with an item that could not be read and is not resolved.", valueName: "which"))
    var only: OnlyOption?

    @Option(help: ArgumentHelp("Send at most this many deliveries per second.", valueName: "number"))
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Send in the rhythm in which the deliveries were received, this many times faster: 1x, 10x, 0.5x.", valueName: "factor"),
        transform: { try SpeedOption($0) })
    var speed: SpeedOption?

    @Option(
        help: ArgumentHelp("Send up to this many deliveries at the same time. Above 1 their order is not kept.", valueName: "number"))
    var concurrency = 1

    @Flag(help: "Send and store nothing; count the events that the installed version's adapters read.")
    var dryRun = false

    @Flag(help: "With --dry-run: show each event that differs from what the journal holds.")
    var diff = false

    @Flag(
        help: "Send the headers as captured, without a new signature. A signature that contains a time is refused after five minutes.")
    var asIs = false

    @Flag(help: "Continue a replay that was interrupted: repeat its command with this option. Not with --limit.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "The file with the position of an interrupted replay, for --resume. Default: a file beside the journal.", valueName: "file"),
        completion: .file())
    var state: String?

    @Flag(help: "Print JSON Lines: one object per file, refused delivery, problem or difference; the last one has the totals.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    enum OnlyOption: String, CaseIterable, ExpressibleByArgument { case deadLetters = "dead-letters" }

    /// Selects the deliveries to replay.
    var filter: CaptureFilter {
        var filter = which.filter
        if only == .deadLetters { filter.states = [.deadLetter] }
        return filter
    }

    func validate() throws {
        if to != nil, into != nil { throw ValidationError("--to and --into exclude each other: give one of them") }
        if to != nil, dryRun { throw ValidationError("--dry-run sends nothing, so it goes without --to") }
        if let fault = to.flatMap(GatewayURL.fault) { throw ValidationError(fault) }
        if diff, !dryRun { throw ValidationError("--diff needs --dry-run") }
        if asIs, into != nil || dryRun { throw ValidationError("--as-is is about sending: it goes with neither --into nor --dry-run") }
        if rate != nil, speed != nil { throw ValidationError("--rate and --speed exclude each other: give one of them") }
        guard concurrency >= 1, concurrency <= 256 else { throw ValidationError("--concurrency: must be a number from 1 to 256") }
        if let limit, limit < 1 { throw ValidationError("--limit: must be at least 1") }
        if limit != nil, resume { throw ValidationError("--limit and --resume exclude each other: give one of them") }
        if let rate, !(rate >= ReplayPace.slowestRate && rate.isFinite) {
            throw ValidationError("--rate: must be at least 0.0000116 per second, which is one per day")
        }
    }

    func run() async throws {
        let plan = try VerbExit.checkingInput { try ReplayPlan(self) }
        try await plan.run()
    }
}
