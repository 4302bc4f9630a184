import ArgumentParser
import Foundation
import Journal
import Messaging
import Operations
import Replay
import SwitchboardApp

/// `switchboard dead-letters`.
struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, retry or discard dead letters: items that could not be read, and rows that the database refused.",
        discussion: """
            An unresolved dead letter is kept for journal.keep_dead_letters (90 days) after its last occurrence. If all dead letters \
            together take more than journal.max_dead_letters (256 MiB), the oldest are removed. Stage normalize: a webhook is authentic, \
            but its adapter could not read it, or one of its items. Stage sync: the database refused a row permanently. The gateway may be \
            running.
            """,
        subcommands: [List.self, Show.self, Retry.self, Drop.self])

    private static func unknown(_ id: DeadLetterID, _ settings: Settings) -> ExitCode {
        VerbExit.failure("\(settings.journal.path) has no dead letter \(id)", VerbExit.problemFound)
    }

    /// Throws unless either ids or `--all` are given; `--stage` selects among all.
    private static func validate(_ ids: [DeadLetterID], all: Bool, stage: DeadLetter.Stage?) throws {
        guard stage == nil || all else { throw ValidationError("--stage needs --all") }
        guard all == ids.isEmpty else {
            throw ValidationError(all ? "ids and --all exclude each other: give one of them" : "give the ids of dead letters, or --all")
        }
    }

    /// `switchboard dead-letters list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List unresolved dead letters, the latest first.", usage: "switchboard dead-letters list [<options>]",
            discussion: """
                SINCE is the time at which the dead letter was first stored, and TIMES how often it occurred. On a narrow terminal the list \
                shows AGE, the time since then, and leaves out TIMES. \(VerbExit.foldingOfLists)

                \(VerbExit.codesOfLists())

                Example: switchboard dead-letters list --stage normalize --since 12h
                """)

        @Option(help: "Only this stage: normalize, items that could not be read; sync, rows that the database refused.")
        var stage: DeadLetter.Stage?

        @Option(
            help: ArgumentHelp(
                "Only dead letters that were first stored at this time or later: \(TimeOption.forms).", valueName: "time"),
            transform: { try TimeOption($0) })
        var since: TimeOption?

        @Flag(help: "Include resolved dead letters.")
        var all = false

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines: one object per dead letter.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let filter = DeadLetterFilter(stage: stage, since: since?.instant, includesSettled: all)
            let (letters, count) = try await VerbJournal.read(settings) {
                (try await $0.deadLetters(filter, limit: most.limit), try await $0.deadLetterCount(filter))
            }
            if letters.isEmpty { try since?.requirePast() }
            most.show(
                json: json ? letters.map(\.json) : nil, table: DeadLetterList.lines(letters, at: .now, as: .ofOutput),
                shown: letters.count, of: count, named: "dead letter")
        }
    }

    /// `switchboard dead-letters show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one dead letter with the record that could not be read or stored.",
            usage: "switchboard dead-letters show <id> [<options>]",
            discussion: """
                Session tokens in the record are masked. `switchboard captures show` with the delivery's id shows the whole webhook.

                \(VerbExit.codesOfShowing("dead letter"))

                Example: switchboard dead-letters show 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(
            help: "The dead letter's id, from `dead-letters list`.", transform: DeadLetterID.parser(shownBy: "dead-letters list"))
        var id: DeadLetterID

        @Flag(help: "Print one JSON object, in one line.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            guard let letter = try await VerbJournal.read(settings, { try await $0.deadLetter(id) }) else {
                throw DeadLetters.unknown(id, settings)
            }
            print(json ? letter.json : DeadLetterList.card(letter, as: .ofOutput))
        }
    }

    /// `switchboard dead-letters retry`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Retry dead letters: read them with the installed version's adapters, or send them to the database again.",
            usage: "switchboard dead-letters retry (<id> ... | --all [--stage <stage>]) [<options>]",
            discussion: """
                Stage normalize: the delivery is read again, and its items are stored with the time at which it was received; items that are \
                stored already stay as they are. Stage sync: the row is sent to the database again. A dead letter that succeeds is resolved; \
                one that does not stays, with the reason.

                \(VerbExit.codes(
                    "all are resolved", found: "one still cannot be read or stored, was resolved before, or does not exist",
                    notNow: "the journal or the database cannot be used now"))

                Example: switchboard dead-letters retry --all --stage sync
                """)

        @Argument(
            help: ArgumentHelp("Ids of dead letters, from `dead-letters list`.", valueName: "id"),
            transform: DeadLetterID.parser(shownBy: "dead-letters list"))
        var ids: [DeadLetterID] = []

        @Flag(help: "Retry all unresolved dead letters.")
        var all = false

        @Option(help: "With --all: only this stage. normalize, items that could not be read; sync, rows that the database refused.")
        var stage: DeadLetter.Stage?

        @Flag(help: "Print JSON Lines: one object per dead letter.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws { try DeadLetters.validate(ids, all: all, stage: stage) }

        func run() async throws {
            let settings = try configuration.settings(for: .accounts)
            var tally = RetryTally()
            try await VerbJournal.write(settings) { journal in
                let retry = try VerbExit.checkingInput { try DeadLetterRetry(settings, journal: journal) }
                defer { retry.shutdown() }
                let tell = { (letter: RetriedDeadLetter) -> Void in
                    tally.count(letter.outcome)
                    print(json ? letter.json : "\(letter.id) \(letter.outcome.text.printable)")
                }
                if all { try await retry.retryAll(of: stage, tell: tell) } else { try await retry.retry(ids, tell: tell) }
            }
            if !json {
                // Flushed first, so that the sum follows the lines if both go to one file or terminal.
                fflush(nil)
                VerbExit.tell(tally.text(of: stage))
            }
            if let code = tally.exitCode { throw code }
        }
    }

    /// `switchboard dead-letters drop`.
    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Discard dead letters: mark them as resolved without a retry.",
            usage: "switchboard dead-letters drop (<id> ... | --all [--stage <stage>]) [<options>]",
            discussion: """
                This cannot be undone: a resolved dead letter is never retried. Its row and its delivery stay in the journal as long as \
                others do (journal.keep). `dead-letters list`, with the same --stage, shows what --all discards.

                \(VerbExit.codes(
                    "all were discarded", found: "one was resolved before, or does not exist", notNow: "the journal cannot be written now"))

                Example: switchboard dead-letters drop 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(
            help: ArgumentHelp("Ids of dead letters, from `dead-letters list`.", valueName: "id"),
            transform: DeadLetterID.parser(shownBy: "dead-letters list"))
        var ids: [DeadLetterID] = []

        @Flag(help: "Discard all unresolved dead letters.")
        var all = false

        @Option(help: "With --all: only this stage. normalize, items that could not be read; sync, rows that the database refused.")
        var stage: DeadLetter.Stage?

        @Flag(help: "Print one JSON object: how many dead letters were discarded, and how many were named or found.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws { try DeadLetters.validate(ids, all: all, stage: stage) }

        func run() async throws {
            let settings = try configuration.settings()
            let dropped = try await VerbJournal.write(settings) { journal in
                all ? try await journal.dropAllDeadLetters(of: stage) : try await journal.dropDeadLetters(ids)
            }
            print(json ? dropped.json : "discarded \(dropped.count) of \(dropped.asked) dead letters")
            // A letter that another program resolved meanwhile needs no attention if all were meant.
            guard all || dropped.count == dropped.asked else {
                let left = dropped.asked - dropped.count
                throw VerbExit.failure(
                    """
                    \(left) \(left == 1 ? "was" : "were") resolved before, or \(left == 1 ? "is" : "are") not in \(settings.journal.path); \
                    `dead-letters list --all` shows which
                    """, VerbExit.problemFound)
            }
        }
    }
}

extension DeadLetter.Stage: ExpressibleByArgument {}

extension DeadLetterRetry.Outcome {
    fileprivate var text: String {
        switch self {
        case .resolved(let receipt?):
            "resolved: \(receipt.accepted) accepted, \(receipt.duplicates) duplicate"
                + (receipt.differing > 0 ? ", \(receipt.differing) differing" : "")
        case .resolved(nil): "resolved"
        case .resolvedBefore: "was resolved before; nothing was tried"
        case .failed(let reason): "not resolved: \(reason)"
        case .unavailable(let reason): "failed for now: \(reason)"
        case .unknown: "does not exist"
        }
    }
}
