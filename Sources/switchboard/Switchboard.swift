import ArgumentParser

/// The command line: one subcommand a verb, each in a file of its own.
@main
struct Switchboard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchboard",
        abstract: "A messaging gateway: webhooks in, one session a phone, nothing lost.",
        discussion: """
            Settings are read from the file that --config names, else from Config/switchboard.yaml of the working directory, else from \
            /etc/switchboard/switchboard.yaml. Without accounts in them, and while the server listens on this machine alone, accounts for \
            development are made beside the journal.

            --generate-completion-script bash (or zsh, fish) prints a script that completes verbs, options and files.

            Exit codes: 0 success, 1 something was found wrong, 2 settings or files are wrong, 64 usage error, 75 temporary failure, try again.
            """,
        version: "0.1",
        subcommands: [
            Serve.self, ReplayVerb.self, Captures.self, Sessions.self, DeadLetters.self, JournalVerb.self, Migrate.self, DoctorVerb.self,
            Sign.self, Measure.self,
        ])
}
