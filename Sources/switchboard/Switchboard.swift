import ArgumentParser

/// The command line: one subcommand a verb, each in a file of its own.
@main
struct Switchboard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchboard",
        abstract: "A messaging gateway: webhooks in, one session a phone, nothing lost.",
        discussion: """
            Settings are read from Config/switchboard.yaml or from the file that --config names. Without accounts in them, and while the \
            server listens on this machine alone, accounts for development are made beside the journal.

            Exit codes: 0 success, 1 something was found wrong, 2 settings or files are wrong, 64 usage error, 75 temporary failure, try again.
            """,
        version: "0.1",
        subcommands: [
            Serve.self, ReplayVerb.self, Captures.self, Sessions.self, DeadLetters.self, JournalVerb.self, Migrate.self, DoctorVerb.self,
            Sign.self, Measure.self,
        ])
}
