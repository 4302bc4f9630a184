import ArgumentParser
import Foundation
import Journal
import Messaging
import PhoneNumbers
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
            abstract: "List the deliveries that were kept, the oldest first; refused ones the latest first.",
            discussion: "Example: switchboard captures list --since 2h --phone +919876543210")

        @OptionGroup var which: StoredCaptureOptions

        @Option(help: "At most so many.")
        var limit = 50

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit: must be more than 0") }
        }

        func run() async throws {
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            let filter = try which.filter(settings)
            try await CommandFailure.reading(settings) { reader in
                if !json { print(CaptureTable.header) }
                var position: Int64 = 0
                var left = limit
                while left > 0 {
                    let captures =
                        filter.states == [.refused]
                        ? try await reader.refusedCaptures(filter, limit: left)
                        : try await reader.captures(filter, after: position, limit: min(left, 500))
                    for capture in captures {
                        let items = capture.state == .refused ? [] : try await reader.items(of: capture.id)
                        print(json ? CaptureTable.line(capture, items) : CaptureTable.row(capture, items))
                    }
                    guard let last = captures.last, last.position > 0 else { return }
                    position = last.position
                    left -= captures.count
                }
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

        @Flag(help: "Print JSON: the capture as `captures export` writes it, and the items.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            guard let id = DeliveryID(id) else { throw ValidationError("\(id) is no delivery id") }
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            let found = try await CommandFailure.reading(settings) { reader -> (Capture, [StoredItem], [Session])? in
                guard let capture = try await reader.capture(id) else { return nil }
                let items = try await reader.items(of: id)
                var sessions: [Session] = []
                for id in Set(items.compactMap(\.sessionID)) {
                    if let session = try await reader.session(id) { sessions.append(session) }
                }
                return (capture, items, sessions)
            }
            guard let (capture, items, sessions) = found else {
                throw CommandFailure.failure("no delivery \(id) is kept in \(settings.journal.path)", CommandFailure.problemFound)
            }
            print(json ? CaptureCard.json(capture, items) : CaptureCard.text(capture, items, sessions, at: .now))
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

        @Argument(help: "JSON Lines, HAR or .http files, folders of them, or - for standard input.")
        var files: [String]

        @OptionGroup(title: "Which") var which: CaptureFilterOptions

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let plan = try CommandFailure.checkingInput {
                try ReplayPlan(importing: files, configuration.settings(), filter: which.filter, asJSON: json)
            }
            try await plan.run()
        }
    }
}

/// The options by which captures of a journal are chosen.
struct StoredCaptureOptions: ParsableArguments {
    @OptionGroup var which: CaptureFilterOptions

    @Option(help: "Only what concerns this phone; a number without a country code is one of session.default_region.")
    var phone: String?

    @Option(help: ArgumentHelp("Only what brought the item of this provider's id.", valueName: "id"))
    var externalID: String?

    @Option(help: "Only these: accepted, dead_letter or refused; without it accepted and dead_letter.")
    var state: Capture.State?

    /// As the journal is asked.
    func filter(_ settings: Settings) throws -> CaptureFilter {
        let number = try phone.map { text in
            guard let number = PhoneNumber(text, region: settings.session.defaultRegion) else {
                throw ValidationError("--phone: \(text) is not a possible phone number")
            }
            return number.e164
        }
        return CaptureFilter(
            since: which.since?.instant, until: which.until?.instant, adapter: which.filter.adapter, account: which.filter.account,
            phone: number, externalID: externalID, states: state.map { [$0] } ?? [])
    }
}

extension Capture.State: ExpressibleByArgument {}
