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
        abstract: "Show the sessions in the journal, or end one.",
        discussion: """
            A session is a contact's current stretch of conversation, on whatever channel; a contact has at most one active session. These \
            verbs read the journal's file while the gateway may be running. Session tokens are never shown.
            """,
        subcommands: [List.self, Show.self, End.self])

    private static func unknown(_ id: SessionID, _ settings: Settings) -> ExitCode {
        VerbExit.failure("\(settings.journal.path) has no session \(id)", VerbExit.problemFound)
    }

    /// `switchboard sessions list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List sessions, those with the latest activity first.", usage: "switchboard sessions list [<options>]",
            discussion: """
                PHONE is the contact's phone, or - if it is not known. CUSTOMER is the customer's id that a client has given; until a client \
                gives one, CUSTOMER repeats the phone, or shows the contact's id if there is no phone. \(Session.Status.help)

                On a narrow terminal the list shows IDLE, the time since the last activity, and leaves out the channel. \
                \(VerbExit.foldingOfLists)

                \(VerbExit.codesOfLists(names: "channel"))

                Example: switchboard sessions list --phone +919876543210 --status active
                """)

        @Option(
            help: ArgumentHelp(
                "Only sessions of this phone. A number without a country code belongs to session.default_region.", valueName: "number"))
        var phone: String?

        @Option(help: ArgumentHelp("Only sessions of this customer (the CUSTOMER column).", valueName: "id"))
        var customer: String?

        @Option(help: ArgumentHelp("Only sessions that were opened on this channel, such as whatsapp or chat.", valueName: "name"))
        var channel: String?

        @Option(help: "Only sessions with this status.")
        var status: Session.Status?

        @Option(
            help: ArgumentHelp("Only sessions with activity at this time or later: \(TimeOption.forms).", valueName: "time"),
            transform: { try TimeOption($0) })
        var since: TimeOption?

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines: one object per session.")
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
                if sessions.isEmpty {
                    try since?.requirePast()
                    try await KnownNames(settings).requireKnown(filter, in: reader)
                }
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
            abstract: "Show one session.", usage: "switchboard sessions show <id> [<options>]",
            discussion: """
                \(VerbExit.codesOfShowing("session"))

                Example: switchboard sessions show 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(help: "The session's id, from `sessions list`.", transform: SessionID.parser(shownBy: "sessions list"))
        var id: SessionID

        @Flag(help: "Print one JSON object.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
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
            abstract: "End an active session, as POST /session/end does for a client.", usage: "switchboard sessions end <id> [<options>]",
            discussion: """
                The session is ended: its status becomes logged_out, which is the word for an ended session, and its token stops working. \
                The contact's next message or /session/start opens a new session. A running gateway sends the change to the database \
                within 20 seconds. Standard error gets the gateway's log line about it, in the format of the log settings.

                \(VerbExit.codes(
                    "ended", found: "the session is not active, or does not exist", notNow: "the journal cannot be written now"))

                Example: switchboard sessions end 01a2049a-fa35-7027-a07f-d114d83a73fa
                """)

        @Argument(help: "The session's id, from `sessions list`.", transform: SessionID.parser(shownBy: "sessions list"))
        var id: SessionID

        @Flag(help: "Print one JSON object: whether the session was ended, and the session.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let log = StandardErrorLog(settings.log)
            defer { log.flush() }
            let logger = Logger(label: "switchboard") { _ in log }
            let ended = try await VerbJournal.write(settings, logger: logger) { try await $0.endSession(id, at: .now) }
            if json { print(ended.json) }
            switch ended {
            case .ended(let session): if !json { print(SessionListing.card(session.session, at: .now, as: .ofOutput)) }
            case .over(let session):
                throw VerbExit.failure(
                    "session \(id) is not active: its status is \(session.status.explained)", VerbExit.problemFound)
            case .unknown: throw Sessions.unknown(id, settings)
            }
        }
    }
}

extension Session.Status: ExpressibleByArgument {}

extension Session.Status {
    /// The words of STATUS in the help of lists.
    fileprivate static let help = """
        STATUS is active, logged_out (ended by a client or an operator), expired (no activity for longer than session.idle_timeout), or \
        merged (an older session of the same person continues in its place).
        """

    /// The word, with what it means if it does not say so: `logged_out (ended)`.
    var explained: String { self == .loggedOut ? "\(rawValue) (ended)" : rawValue }
}
