import ArgumentParser
import Foundation

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

    /// Runs the verb of the command line. A wrong value that only a running verb finds is told as one that its parser finds is: with the usage
    /// of that verb.
    static func main() async {
        var verb: (any ParsableCommand)?
        do {
            var command = try parseAsRoot()
            verb = command
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let error as ValidationError {
            let own = verb.map { type(of: $0) } ?? Self.self
            end(UsageError.text(error.message, of: own, in: Self.self))
        } catch {
            let text = verb == nil ? UsageError.text(ofUnknownVerb: Array(CommandLine.arguments.dropFirst()), in: Self.self) : nil
            if let text, exitCode(for: error) == .validationFailure { end(text) }
            exit(withError: error)
        }
    }

    private static func end(_ text: String) -> Never {
        fflush(nil)
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
        Foundation.exit(ExitCode.validationFailure.rawValue)
    }
}
