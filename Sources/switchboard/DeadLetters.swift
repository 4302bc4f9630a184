import ArgumentParser
import Journal
import Messaging
import Operations
import Replay
import SwitchboardApp

/// `switchboard dead-letters`.
struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at what could not be read or was refused by the database, try it again, or drop it.",
        discussion: "The gateway may be running.", subcommands: [List.self, Show.self, Retry.self, Drop.self])

    /// `switchboard dead-letters list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List dead letters, the latest first.",
            discussion: "Example: switchboard dead-letters list --stage normalize --since 12h")

        @Option(help: "Only these: normalize, what no adapter could read, or sync, what the database refused.")
        var stage: DeadLetter.Stage?

        @Option(
            help: ArgumentHelp(
                "Only those that came first then or later: \(TimeOption.forms).", valueName: "time"))
        var since: TimeOption?

        @Flag(help: "Resolved ones too.")
        var all = false

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let filter = DeadLetterFilter(stage: stage, since: since?.instant, includesSettled: all)
            let (letters, count) = try await VerbJournal.read(settings) {
                (try await $0.deadLetters(filter, limit: most.limit), try await $0.deadLetterCount(filter))
            }
            most.show(
                json: json ? letters.map(\.json) : nil, table: DeadLetterList.lines(letters, as: .ofOutput), shown: letters.count,
                of: count, named: "dead letter")
        }
    }

    /// `switchboard dead-letters show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one dead letter with its record.",
            discussion: """
                `switchboard captures show` shows the delivery that brought it.

                Example: switchboard dead-letters show 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(help: "The letter's id, as `dead-letters list` shows it.")
        var id: DeadLetterID

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            guard let letter = try await VerbJournal.read(settings, { try await $0.deadLetter(id) }) else {
                throw VerbExit.failure("there is no dead letter \(id) in \(settings.journal.path)", VerbExit.problemFound)
            }
            print(json ? letter.json : DeadLetterList.card(letter, as: .ofOutput))
        }
    }

    /// `switchboard dead-letters retry`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try dead letters again.",
            discussion: """
                What could not be read is read by today's adapters, and what they read is stored with the time at which it was received; \
                what was stored before stays as it is. What the database refused is sent to it again. A letter of which nothing fails any \
                more is resolved.

                Example: switchboard dead-letters retry --all --stage sync

                Exit codes: 0 all are resolved, 1 something still fails or was resolved before, 2 settings are wrong, 75 the journal or the \
                database cannot be used now.
                """)

        @Argument(help: "The letters' ids.")
        var ids: [DeadLetterID] = []

        @Flag(help: "All that nobody has resolved.")
        var all = false

        @Option(help: "With --all, only these: normalize, what no adapter could read, or sync, what the database refused.")
        var stage: DeadLetter.Stage?

        @Flag(help: "Print JSON Lines: one object a letter.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            guard stage == nil || all else { throw ValidationError("--stage goes with --all") }
            guard all != ids.isEmpty else { return }
            throw ValidationError(all ? "either ids or --all" : "name letters by their ids, or --all")
        }

        func run() async throws {
            let settings = try configuration.settings()
            var codes: Set<Int32> = []
            var count = 0
            try await VerbJournal.write(settings) { journal in
                let retry = try VerbExit.checkingInput { try DeadLetterRetry(settings, journal: journal) }
                defer { retry.shutdown() }
                let tell = { (letter: RetriedDeadLetter) -> Void in
                    count += 1
                    codes.insert(self.tell(letter))
                }
                if all { try await retry.retryAll(of: stage, tell: tell) } else { try await retry.retry(ids, tell: tell) }
            }
            if count == 0 { VerbExit.tell("no dead letter \(stage.map { "of stage \($0.rawValue) " } ?? "")is open: nothing was tried") }
            if codes.contains(VerbExit.problemFound.rawValue) { throw VerbExit.problemFound }
            if codes.contains(VerbExit.notNow.rawValue) { throw VerbExit.notNow }
        }

        /// Prints what became of a letter and gives its exit code.
        private func tell(_ letter: RetriedDeadLetter) -> Int32 {
            if letter.outcome == .over, !json {
                return VerbExit.failure("\(letter.id) is resolved already", VerbExit.problemFound).rawValue
            }
            if letter.outcome == .unknown {
                return VerbExit.failure("there is no dead letter \(letter.id)", VerbExit.problemFound).rawValue
            }
            print(json ? letter.json : "\(letter.id) \(letter.outcome.text.printable)")
            return switch letter.outcome {
            case .settled: 0
            case .failed, .over, .unknown: VerbExit.problemFound.rawValue
            case .unavailable: VerbExit.notNow.rawValue
            }
        }
    }

    /// `switchboard dead-letters drop`.
    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Resolve dead letters without trying them again.",
            discussion: """
                They stay in the table, and their deliveries are kept no longer than others. Nothing undoes it: a resolved letter is not \
                tried again.

                Example: switchboard dead-letters drop 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(help: "The letters' ids.")
        var ids: [DeadLetterID]

        @Flag(help: "Print JSON: how many were dropped, and how many were asked for.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let dropped = try await VerbJournal.write(settings) { try await $0.dropDeadLetters(ids) }
            print(json ? dropped.json : "dropped \(dropped.count)")
            guard dropped.count == dropped.asked else {
                throw VerbExit.failure(
                    "\(dropped.asked - dropped.count) of \(dropped.asked) are resolved already or not there", VerbExit.problemFound)
            }
        }
    }
}

extension DeadLetter.Stage: ExpressibleByArgument {}

extension DeadLetterRetry.Outcome {
    fileprivate var text: String {
        switch self {
        case .settled(let receipt?):
            "resolved: \(receipt.accepted) accepted, \(receipt.duplicates) duplicates"
                + (receipt.differing > 0 ? ", \(receipt.differing) differing" : "")
        case .settled(nil): "resolved"
        case .over: "is resolved already"
        case .failed(let reason): "still fails: \(reason)"
        case .unavailable(let reason): "could not be tried: \(reason)"
        case .unknown: "is not there"
        }
    }
}
