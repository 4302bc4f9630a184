import ArgumentParser
import Journal
import Logging
import Messaging
import Operations
import PhoneNumbers
import SwitchboardApp

/// `switchboard sessions`.
struct Sessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at sessions in the journal, and end them.",
        discussion: "Works on the journal's file; the gateway may be running. Tokens are never shown.",
        subcommands: [List.self, Show.self, End.self])

    private static func id(_ text: String) throws -> SessionID {
        guard let id = SessionID(text) else { throw ValidationError("\(text) is no session id; `switchboard sessions list` shows them") }
        return id
    }

    private static func unknown(_ id: SessionID, _ settings: Settings) -> ExitCode {
        VerbExit.failure("there is no session \(id) in \(settings.journal.path)", VerbExit.problemFound)
    }

    /// `switchboard sessions list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List sessions, the latest first.",
            discussion: "Example: switchboard sessions list --phone +919876543210 --status active")

        @Option(help: "Only this phone's; a number without a country code is one of session.default_region.")
        var phone: String?

        @Option(help: ArgumentHelp("Only this customer's, as `sessions list` shows it.", valueName: "id"))
        var customer: String?

        @Option(help: "Only this channel's.")
        var channel: String?

        @Option(help: "Only these: active, logged_out, expired or merged.")
        var status: Session.Status?

        @Option(help: ArgumentHelp("Only those that were active then or later: \(TimeOption.forms).", valueName: "time"))
        var since: TimeOption?

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let filter = SessionFilter(
                phone: try phone.map { try PhoneNumber(argument: $0, settings).e164 }, customerID: customer,
                channel: channel.map { Channel($0) }, status: status, since: since?.instant)
            let now = Instant.now
            try await VerbJournal.read(settings) { reader in
                let sessions = try await reader.sessionList(filter, limit: most.limit, at: now)
                if sessions.isEmpty { try await KnownNames(settings).requireKnown(filter, in: reader) }
                let count = try await reader.sessionCount(filter)
                most.show(
                    json: json ? sessions.map(\.json) : nil,
                    table: SessionListing.lines(sessions.map(\.session), at: now, as: .ofOutput), shown: sessions.count, of: count,
                    named: "session")
            }
        }
    }

    /// `switchboard sessions show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one session.", discussion: "Example: switchboard sessions show 01a2049a-fa35-7027-a07f-d114d83a73fa")

        @Argument(help: "The session's id, as `sessions list` shows it.")
        var id: String

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let id = try Sessions.id(self.id)
            let settings = try configuration.settings()
            guard let session = try await VerbJournal.read(settings, { try await $0.sessionDetail(id, at: .now) }) else {
                throw Sessions.unknown(id, settings)
            }
            print(json ? session.json : SessionListing.card(session.session, at: .now, as: .ofOutput))
        }
    }

    /// `switchboard sessions end`.
    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a session, as its client could.",
            discussion: """
                Its token is worth nothing afterwards, and the next start or message of its person opens another session. The database hears \
                of it from the gateway, within 20 seconds. A line of the log on standard error tells of it, as the settings of the log say.

                Exit codes: 0 ended, 1 no live session, 75 the journal could not be written to.

                Example: switchboard sessions end 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(help: "The session's id, as `sessions list` shows it.")
        var id: String

        @Flag(help: "Print JSON: whether it was ended, and the session.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let id = try Sessions.id(self.id)
            let settings = try configuration.settings()
            let log = StandardErrorLog(settings.log)
            defer { log.flush() }
            let logger = Logger(label: "switchboard") { _ in log }
            let ended = try await VerbJournal.write(settings, logger: logger) { try await $0.endSession(id, at: .now) }
            if json { print(ended.json) }
            switch ended {
            case .ended(let session): if !json { print(SessionListing.card(session.session, at: .now, as: .ofOutput)) }
            case .over(let session):
                throw VerbExit.failure("\(id) is \(session.status.rawValue) already", VerbExit.problemFound)
            case .unknown: throw Sessions.unknown(id, settings)
            }
        }
    }
}

extension Session.Status: ExpressibleByArgument {}
