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
        guard let id = SessionID(text) else { throw ValidationError("\(text) is no session id") }
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

        @Option(help: "Only these: active, logged_out, expired or merged.")
        var status: Session.Status?

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let number = try phone.map { try PhoneNumber(argument: $0, settings).e164 }
            let now = Instant.now
            let (sessions, count) = try await VerbJournal.read(settings) {
                (
                    try await $0.sessionList(phone: number, status: status, limit: most.limit, at: now),
                    try await $0.sessionCount(phone: number, status: status)
                )
            }
            let lines = json ? sessions.map(\.json) : SessionListing.lines(sessions.map(\.session), at: now)
            for line in lines { print(line) }
            most.tell(shown: sessions.count, of: count)
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
            print(json ? session.json : SessionListing.card(session.session, at: .now))
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

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let id = try Sessions.id(self.id)
            let settings = try configuration.settings()
            let log = StandardErrorLog(settings.log)
            defer { log.flush() }
            let logger = Logger(label: "switchboard") { _ in log }
            switch try await VerbJournal.write(settings, logger: logger, { try await $0.endSession(id, at: .now) }) {
            case .ended(let session): print(SessionListing.card(session.session, at: .now))
            case .over(let session):
                throw VerbExit.failure("\(id) is \(session.status.rawValue) already", VerbExit.problemFound)
            case .unknown: throw Sessions.unknown(id, settings)
            }
        }
    }
}

extension Session.Status: ExpressibleByArgument {}
