import ArgumentParser
import Journal
import Messaging
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
                "Only those that came first then or later: 2026-11-22T17:51:27Z, 2026-11-22, or 90s, 30m, 12h, 7d ago.", valueName: "time"))
        var since: TimeOption?

        @Flag(help: "Settled ones too.")
        var all = false

        @Option(help: "At most so many.")
        var limit = 50

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            let filter = DeadLetterFilter(stage: stage, since: since?.instant, includesSettled: all)
            let letters = try await CommandFailure.reading(settings) { try await $0.deadLetters(filter, limit: limit) }
            if !json { print(DeadLetterList.header) }
            for letter in letters { print(json ? letter.line : DeadLetterList.row(letter)) }
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
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            guard let letter = try await CommandFailure.reading(settings, { try await $0.deadLetter(id) }) else {
                throw CommandFailure.failure("there is no dead letter \(id) in \(settings.journal.path)", CommandFailure.problemFound)
            }
            print(json ? letter.line : DeadLetterList.card(letter))
        }
    }

    /// `switchboard dead-letters drop`.
    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Settle dead letters without trying them again.",
            discussion: """
                They stay in the table, and their deliveries are kept no longer than others.

                Example: switchboard dead-letters drop 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(help: "The letters' ids.")
        var ids: [DeadLetterID]

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            let count = try await CommandFailure.writing(settings) { try await $0.settle(ids) }
            print("dropped \(count)")
            guard count == ids.count else {
                throw CommandFailure.failure(
                    "\(ids.count - count) of \(ids.count) are settled already or not there", CommandFailure.problemFound)
            }
        }
    }
}

extension DeadLetter.Stage: ExpressibleByArgument {}
