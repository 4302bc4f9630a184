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
        abstract: "Show the captured deliveries, and export or import them.",
        discussion: """
            A captured delivery is one webhook request, kept in the journal as it was received: headers and body. These verbs read the \
            journal's file while the gateway may be running. Bodies are shown unmasked, so keep what is printed private.
            """,
        subcommands: [List.self, Show.self, Export.self, Import.self, Compress.self])

    /// `switchboard captures list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List captured deliveries, the latest first.", usage: "switchboard captures list [<options>]",
            discussion: """
                ITEMS counts the items that are stored from the delivery, by type. An item is differing if, when it arrived, another \
                delivery's item with the same id was stored with other content: it is not stored, and `captures show` prints the remaining \
                differences. On a narrow terminal the list shows AGE instead of the time, and leaves out state and size. \
                \(VerbExit.foldingOfLists)

                \(VerbExit.codesOfLists(names: "account or adapter"))

                Example: switchboard captures list --since 2h --phone +919876543210
                """)

        @OptionGroup var which: StoredCaptureOptions

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines: one object per delivery.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let filter = try which.filter(settings)
            try await VerbJournal.read(settings) { reader in
                let list = try await reader.latestCaptures(filter, limit: most.limit)
                if list.captures.isEmpty { try await which.requireReasonable(filter, settings, in: reader) }
                most.show(
                    json: json ? list.captures.map(\.json) : nil, table: CaptureListing.lines(list.captures, at: .now, as: .ofOutput),
                    shown: list.captures.count, of: list.count, named: "captured delivery", hint: which.hint(settings))
            }
        }
    }

    /// `switchboard captures show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one captured delivery: the request, the items that were stored from it, and their sessions.",
            usage: "switchboard captures show <id> [<options>]",
            discussion: """
                \(VerbExit.codesOfShowing("delivery"))

                Example: switchboard captures show 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(
            help: "The delivery's id: `captures list` shows it, and tables have it as delivery_id.",
            transform: DeliveryID.parser(shownBy: "captures list"))
        var id: DeliveryID

        @Flag(help: "Print one JSON object: the capture as `captures export` writes it, its items, and where they differ from stored ones.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            // A delivery is shown even if its adapter is not available.
            let adapters = try? AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
            guard
                let capture = try await VerbJournal.read(
                    settings, { try await $0.captureDetail(id) { adapters?[$0, $1] } })
            else {
                let unreadable = try await VerbJournal.read(settings) { try await $0.unreadableDeliveryCount() }
                let addition = JournalReader.sentence(ofUnreadable: unreadable).map { ". \($0)" } ?? ""
                throw VerbExit.failure("\(settings.journal.path) has no delivery \(id)\(addition)", VerbExit.problemFound)
            }
            print(json ? capture.json : CaptureCard.text(capture, at: .now, as: .ofOutput))
        }
    }

    /// `switchboard captures import`.
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store deliveries from files in the journal of the settings.",
            usage: "switchboard captures import <file> ... [<options>]",
            discussion: """
                Does the same as `replay FILE... --into` that journal: each delivery is read by the installed version's adapters and stored \
                with the time at which it was received. Items that are stored already count as duplicates and change nothing.

                \(VerbExit.codes(
                    "every item was accepted, a duplicate, or differs from the stored one, also if nothing matches",
                    found: "an item was rejected, or a delivery refused", input: "wrong settings or files", names: "account or adapter",
                    notNow: "the journal cannot be written now, or the import was interrupted"))

                Example: switchboard captures import traffic.har captures.jsonl
                """)

        @Argument(
            help: ArgumentHelp("JSON Lines, HAR or .http files, folders of such files, or - for standard input.", valueName: "file"),
            completion: .file())
        var files: [String]

        @OptionGroup(title: "Which deliveries") var which: CaptureFilterOptions

        @Flag(help: "Print JSON Lines: one object per file, refused delivery or problem; the last one has the totals.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let plan = try VerbExit.checkingInput {
                try ReplayPlan(importing: files, configuration.settings(for: .accounts), which: which, asJSON: json)
            }
            try await plan.run()
        }
    }

    /// `switchboard captures export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write captured deliveries into files that `replay` and `captures import` read.",
            usage: "switchboard captures export -o <path> [<options>]",
            discussion: """
                The path decides the format: a folder gets one .http file per delivery, named by its time and id; a .jsonl file, or - for \
                standard output, gets JSON Lines. A file that exists is replaced only with --overwrite; a .http file that already has the \
                same content is left as it is.

                --redact makes an export that can be shared: phones, names, texts, ids and tokens are replaced by fakes of the same shape, \
                equal values by equal fakes, and each delivery is signed again with the public secret in Webhooks/README.md. Everything \
                that is not known to be harmless is replaced; the names of the settings' accounts stay. Look at the result before you \
                share it.

                \(VerbExit.codes(
                    "exported",
                    found: "no captured delivery matches (a list that finds nothing ends with 0, but a script needs the exported file)",
                    input: "the settings or the journal cannot be used, or a file exists", names: "account or adapter",
                    notNow: "the disk is full or fails, or the journal cannot be read now"))

                Examples:
                  switchboard captures export --since 7d -o captures.jsonl
                  switchboard captures export --external-id wamid.ABC --redact -o fixtures
                """)

        @OptionGroup var which: StoredCaptureOptions

        @Option(help: ArgumentHelp("Export at most this many, the latest ones. Default: all.", valueName: "number"))
        var limit: Int?

        @Option(
            name: [.short, .customLong("output")],
            help: ArgumentHelp("A folder, a .jsonl or .ndjson file, or - for standard output.", valueName: "path"), completion: .file())
        var output: String

        @Flag(help: "Replace files that exist.")
        var overwrite = false

        @Flag(help: "Replace personal data, ids and secrets with fakes.")
        var redact = false

        @Option(help: ArgumentHelp("With --redact: runs with the same word make the same fakes.", valueName: "word"))
        var redactSeed: String?

        @Flag(help: "Print the number of deliveries as JSON. Not with -o -, which prints the deliveries themselves as JSON.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            if redactSeed != nil, !redact { throw ValidationError("--redact-seed needs --redact") }
            if let limit, limit < 1 { throw ValidationError("--limit: must be at least 1") }
            if json, output == "-" { throw ValidationError("--json: not with -o -, which prints the captures themselves") }
            if let fault = CaptureSink.fault(of: output) { throw ValidationError(fault) }
        }

        func run() async throws {
            let settings = try configuration.settings()
            let filter = try which.filter(settings)
            let sink = try VerbExit.checkingInput { try CaptureSink(output, overwriting: overwrite) }
            let redaction = try VerbExit.checkingInput { try makeRedaction(settings) }
            defer { sink.giveUp() }
            do {
                let export = try await VerbJournal.read(settings) { reader in
                    let export = try await reader.exportCaptures(filter, limit: limit, redaction: redaction) { try sink.write($0) }
                    if export.count == 0 { try await which.requireReasonable(filter, settings, in: reader) }
                    return export
                }
                let unreadable = JournalReader.sentence(ofUnreadable: export.unreadable).map { "\(settings.journal.path): \($0)" }
                guard export.count > 0 else {
                    if let unreadable { VerbExit.tell(unreadable) }
                    let hint = which.hint(settings).map { ": \($0)" } ?? ""
                    throw VerbExit.failure("no captured delivery matches; nothing was written\(hint)", VerbExit.problemFound)
                }
                try sink.close()
                if json { print(export.json) } else { VerbExit.tell(sink.report) }
                if let unreadable { throw VerbExit.failure(unreadable, VerbExit.problemFound) }
            } catch let error as CaptureSinkError {
                throw VerbExit.failure("\(error)", error.isForNow ? VerbExit.notNow : VerbExit.badInput)
            }
        }

        private func makeRedaction(_ settings: Settings) throws -> Redaction? {
            guard redact else { return nil }
            return try Redaction(settings, seed: redactSeed)
        }
    }

    /// `switchboard captures compress`, for benchmarks: does at once what a gateway does gradually.
    struct Compress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compress deliveries that are older than a day, as a running gateway does by itself.",
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
