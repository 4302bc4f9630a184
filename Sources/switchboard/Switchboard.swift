import ArgumentParser
import Foundation
import SwitchboardApp

/// The command line: one subcommand per verb, each in a file of its own.
@main
struct Switchboard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchboard",
        abstract: "A messaging gateway: it receives webhooks, stores every message exactly once, and keeps one session per person.",
        discussion: """
            Settings are read from the file that --config names, else from the one that the variable SWITCHBOARD_CONFIG names, else from \
            Config/switchboard.yaml in the working directory, else from /etc/switchboard/switchboard.yaml. If the settings have no accounts and the server listens on this machine only, `serve` creates \
            accounts for development beside the journal.

            --generate-completion-script bash (or zsh, fish) prints a script that completes verbs, options and files.

            \(VerbExit.codes(
                "success", found: "something wrong was found, or nothing has the given id", input: "wrong settings or files",
                names: "account, adapter or channel",
                notNow: "temporary failure: try again"))
            """,
        version: Build.version,
        subcommands: [
            Serve.self, ReplayVerb.self, Captures.self, Sessions.self, DeadLetters.self, Audit.self, JournalVerb.self, Migrate.self,
            DoctorVerb.self, Sign.self, Accounts.self, SecretVerb.self, Reload.self, HealthCheck.self, Measure.self,
        ])

    /// Runs the verb of the command line. A wrong value is reported in one form, whether the parser or the running verb finds it.
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let text = UsageError.text(ofUnknownHelp: arguments, in: Self.self) { end(text) }
        var verb: (any ParsableCommand)?
        do {
            var command = try parseAsRoot()
            verb = command
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let error as ValidationError {
            let own = verb.map { type(of: $0) } ?? Self.self
            end(UsageError.text(error.message, of: own, in: Self.self))
        } catch {
            guard verb == nil, exitCode(for: error) == .validationFailure else { exit(withError: error) }
            end(UsageError.text(message(for: error), ofArguments: arguments, in: Self.self))
        }
    }

    private static func end(_ text: String) -> Never {
        fflush(nil)
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
        Foundation.exit(ExitCode.validationFailure.rawValue)
    }
}
