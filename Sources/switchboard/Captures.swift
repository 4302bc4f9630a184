import ArgumentParser
import Foundation
import Journal
import Logging
import Messaging
import Operations
import Replay
import SwitchboardApp

/// `switchboard captures`.
struct Captures: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the deliveries that were kept, and carry them elsewhere.",
        discussion: "Reads the journal's file; the gateway may be running. Bodies are shown as they came: keep what is printed private.",
        subcommands: [List.self, Show.self, Export.self, Import.self, Compress.self])

    /// `switchboard captures list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the deliveries that were kept, the latest first.",
            discussion: "Example: switchboard captures list --since 2h --phone +919876543210")

        @OptionGroup var which: StoredCaptureOptions

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let filter = try which.filter(settings)
            try await VerbJournal.read(settings) { reader in
                let list = try await reader.latestCaptures(filter, limit: most.limit)
                if list.captures.isEmpty { try await KnownNames(settings).requireKnown(filter, in: reader) }
                most.show(
                    json: json ? list.captures.map(\.json) : nil, table: CaptureListing.lines(list.captures, as: .ofOutput),
                    shown: list.captures.count, of: list.count, named: "delivery that is kept")
            }
        }
    }

    /// `switchboard captures show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one delivery: what was sent, what was read out of it, and whose session it reached.",
            discussion: "Example: switchboard captures show 01a2049a-fa35-7027-a07f-d114d83a73fa")

        @Argument(help: "The delivery's id, as `captures list` and the tables show it.")
        var id: String

        @Flag(help: "Print JSON: the capture as `captures export` writes it, the items, and what differs from stored ones.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            guard let id = DeliveryID(id) else { throw ValidationError("\(id) is no delivery id; `switchboard captures list` shows them") }
            let settings = try configuration.settings()
            // Without its adapter a delivery is shown all the same.
            let adapters = try? AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
            guard
                let capture = try await VerbJournal.read(
                    settings, { try await $0.captureDetail(id) { adapters?[$0, $1] } })
            else {
                throw VerbExit.failure("no delivery \(id) is kept in \(settings.journal.path)", VerbExit.problemFound)
            }
            print(json ? capture.json : CaptureCard.text(capture, at: .now, as: .ofOutput))
        }
    }

    /// `switchboard captures import`.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store captures of files in the settings' journal.",
            discussion: """
                The same as `replay FILE… --into` the settings' journal: what is there already changes nothing.

                Example: switchboard captures import traffic.har captures.jsonl

                Exit codes: 0 all were stored, 1 something was refused or rejected, 2 settings or files are wrong.
                """)

        @Argument(help: "JSON Lines, HAR or .http files, folders of them, or - for standard input.", completion: .file())
        var files: [String]

        @OptionGroup(title: "Which") var which: CaptureFilterOptions

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let plan = try VerbExit.checkingInput {
                try ReplayPlan(importing: files, configuration.settings(), filter: which.filter, asJSON: json)
            }
            try await plan.run()
        }
    }

    /// `switchboard captures export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write deliveries that were kept into files that `replay` and `captures import` read.",
            discussion: """
                -o FOLDER writes a .http file each, named by time and id; -o FILE.jsonl or -o - writes JSON Lines. A file that is there is \
                replaced with --overwrite alone.

                --redact replaces phones, names, texts, ids and tokens by fakes of the same shape, the same by the same, and signs anew with the \
                secret that Webhooks/README.md tells. What is not known to be harmless is replaced. The names of the settings' accounts stay. Look at the result before you share it.

                Examples:
                  switchboard captures export --since 7d -o captures.jsonl
                  switchboard captures export --external-id wamid.ABC --redact -o fixtures

                Exit codes: 0 written, 1 no delivery that is kept matches: nothing is made, 2 settings are wrong or a file is there \
                already, 75 the disk does not take it.
                """)

        @OptionGroup var which: StoredCaptureOptions

        @Option(
            name: [.short, .customLong("output")],
            help: ArgumentHelp("A folder, a .jsonl file, or - for standard output.", valueName: "path"), completion: .file())
        var output: String

        @Flag(help: "Replace files that are there already.")
        var overwrite = false

        @Flag(help: "Replace what is somebody's by fakes.")
        var redact = false

        @Option(help: ArgumentHelp("With --redact: make the same fakes in every run that is given the same word.", valueName: "word"))
        var redactSeed: String?

        @Flag(help: "Print how many were written as JSON; not with -o -, where the captures are JSON already.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            if redactSeed != nil, !redact { throw ValidationError("--redact-seed: only with --redact") }
            if json, output == "-" { throw ValidationError("--json: not with -o -, which prints the captures themselves") }
        }

        func run() async throws {
            let settings = try configuration.settings()
            let filter = try which.filter(settings)
            let sink = try VerbExit.checkingInput { try CaptureSink(output, overwriting: overwrite) }
            let redaction = try VerbExit.checkingInput { try makeRedaction(settings) }
            defer { sink.giveUp() }
            do {
                let export = try await VerbJournal.read(settings) { reader in
                    let export = try await reader.exportCaptures(filter, redaction: redaction) { try sink.write($0) }
                    if export.count == 0 { try await KnownNames(settings).requireKnown(filter, in: reader) }
                    return export
                }
                guard export.count > 0 else {
                    throw VerbExit.failure("no delivery that is kept matches: nothing is written", VerbExit.problemFound)
                }
                try sink.close()
                if json { print(export.json) } else { VerbExit.tell("\(export.count) captures written") }
            } catch let error as CaptureSinkError {
                throw VerbExit.failure("\(error)", error.isForNow ? VerbExit.notNow : VerbExit.badInput)
            }
        }

        private func makeRedaction(_ settings: Settings) throws -> Redaction? {
            guard redact else { return nil }
            return try Redaction(
                seed: redactSeed, region: settings.session.defaultRegion, accounts: Set(settings.accounts.map(\.name)),
                kinds: AdapterRegistry.shipped.kinds
            ) { kind in try? AdapterRegistry.shipped.makeAdapter(for: Redaction.account(of: kind)) }
        }
    }

    /// `switchboard captures compress`: at once what a gateway does by and by, for benchmarks.
    struct Compress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compress deliveries that are older than a day, as a gateway does by itself.",
            discussion: "Example: switchboard captures compress", shouldDisplay: false)

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            var journal = Journal.Configuration(importing: settings, path: settings.journal.path)
            journal.compressAfter = .seconds(86_400)
            try VerbJournal.requireThere(settings)
            do throws(JournalError) {
                let opened = try Journal(journal, logger: Logger(label: "switchboard.captures") { _ in SwiftLogNoOpLogHandler() })
                let count = try await opened.compressDeliveries()
                try opened.close()
                print(#"{"compressed":\#(count)}"#)
            } catch {
                throw VerbExit.failure(error, settings)
            }
        }
    }
}
