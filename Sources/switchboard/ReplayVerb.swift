import ArgumentParser
import Foundation
import Journal
import Replay
import SwitchboardApp

/// `switchboard replay`; not named after its verb, which is the name of a module.
struct ReplayVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Take captured deliveries again: into a gateway, into a journal, or only to see what would be made of them.",
        discussion: """
            A delivery that was taken before counts as a duplicate and changes nothing. ctrl-C finishes what is in flight; --resume goes on.

            What names no captures is told with file and line, and the rest goes on. A capture that was proven by a session's token cannot be \
            sent, since tokens are not kept: --into stores it for that session's person. With --concurrency above 1 the order is not kept.

            Examples:
              switchboard replay Webhooks/WhatsAppCloud --to http://127.0.0.1:8000
              switchboard replay journal --since 30d --dry-run --diff
              switchboard replay old.sqlite --into /var/lib/switchboard/journal.sqlite
              switchboard captures export -o - |
                ssh staging switchboard replay - --into journal.sqlite

            Exit codes: 0 all were taken and nothing differs, 1 something was refused, rejected or differs, 2 settings or sources are wrong, \
            75 nothing answers, or it was interrupted.
            """)

    @Argument(
        help:
            "journal (the settings' own), a .http, JSON Lines or HAR file, another journal's file, a folder of them, or - for standard input.",
        completion: .file())
    var sources: [String]

    @Option(help: "The gateway's URL; server.public_url of the settings where it is left out.")
    var to: String?

    @Option(
        help: ArgumentHelp("Store in this journal instead; it is made where it is not there.", valueName: "journal"), completion: .file())
    var into: String?

    @OptionGroup(title: "Which") var which: CaptureFilterOptions

    @Option(help: "Only these: dead-letters, what no adapter could read and nobody has resolved.")
    var only: OnlyOption?

    @Option(help: "At most so many deliveries a second.")
    var rate: Double?

    @Option(help: ArgumentHelp("Keep the spacing in which they were received, so many times faster, 0.001x at least.", valueName: "10x"))
    var speed: SpeedOption?

    @Option(help: "How many are sent at a time.")
    var concurrency = 1

    @Flag(help: "Take nothing: tell which events today's adapters read.")
    var dryRun = false

    @Flag(help: "With --dry-run: what differs from what the journal holds, event by event.")
    var diff = false

    @Flag(help: "Send the headers as captured rather than signing anew; signatures with a date are stale after five minutes.")
    var asIs = false

    @Flag(help: "Go on where the same replay was interrupted.")
    var resume = false

    @Option(
        help: ArgumentHelp("Where an interrupted replay is remembered; beside the journal where it is left out.", valueName: "file"),
        completion: .file())
    var state: String?

    @Flag(help: "Print JSON Lines: one object a file, refusal or difference, and a last one with the sums.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    enum OnlyOption: String, ExpressibleByArgument { case deadLetters = "dead-letters" }

    /// What of the sources is replayed.
    var filter: CaptureFilter {
        var filter = which.filter
        if only == .deadLetters { filter.states = [.deadLetter] }
        return filter
    }

    func validate() throws {
        if to != nil, into != nil { throw ValidationError("--to and --into: one of them") }
        if let fault = to.flatMap(GatewayURL.fault) { throw ValidationError(fault) }
        if diff, !dryRun { throw ValidationError("--diff: only with --dry-run") }
        if asIs, into != nil || dryRun { throw ValidationError("--as-is: only where something is sent") }
        guard concurrency >= 1, concurrency <= 256 else { throw ValidationError("--concurrency: must be a number from 1 to 256") }
        if let rate, !(rate >= ReplayPace.slowestRate && rate.isFinite) {
            throw ValidationError("--rate: must be more than 0, and at least one a day, 0.0000116")
        }
    }

    func run() async throws {
        let plan = try VerbExit.checkingInput { try ReplayPlan(self) }
        try await plan.run()
    }
}
