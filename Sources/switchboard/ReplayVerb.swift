import ArgumentParser
import HTTPTransport
import Messaging
import Replay
import SwitchboardApp

/// `switchboard replay`; not named after its verb, which is the name of a module.
struct ReplayVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Post captures to a gateway again, signed anew.",
        discussion: """
            A delivery that the gateway took before counts as a duplicate and changes nothing. Nothing that is refused is sent again.

            Example: switchboard replay Webhooks/WhatsAppCloud --to http://127.0.0.1:8000

            Exit codes: 0 all were taken, 1 something was refused or rejected, 2 settings or files are wrong, 75 nothing answers.
            """)

    @Argument(help: "Captures, or folders of them: every .http file in a folder is taken, in name order.")
    var sources: [String]

    @Option(help: "The gateway's URL; server.public_url of the settings where it is left out.")
    var to: String?

    @Flag(help: "Send the headers as captured rather than signing anew; signatures with a date are stale after five minutes.")
    var asIs = false

    @Flag(help: "Print JSON Lines: one object a file, and a last one with the sums.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    func run() async throws {
        let (client, captures) = try CommandFailure.checkingInput(prepare)
        var summary = ReplaySummary()
        for (path, capture) in captures {
            do throws(ReplayError) {
                let outcome = try await client.send(capture, at: .now)
                summary.count(outcome)
                print(ReplayReport.line(for: path, outcome, asJSON: json))
            } catch {
                CommandFailure.tell("\(path): \(error)")
                throw CommandFailure.code(of: error)
            }
        }
        print(ReplayReport.lastLine(summary, asJSON: json))
        if !summary.isSuccess { throw CommandFailure.problemFound }
    }

    /// Every file is read before the first is sent: a folder is replayed whole or not at all.
    private func prepare() throws -> (ReplayClient, [(path: String, capture: HTTPCapture)]) {
        let captures = try CaptureFiles.find(in: sources).map { ($0, try CaptureFiles.read($0)) }
        // Neither accounts nor a settings file are needed to send captures as they are to a given URL.
        if asIs, let to { return (ReplayClient(transport: try HTTPTransport(), base: to, signer: nil), captures) }
        let settings = try configuration.settings()
        let client = ReplayClient(
            transport: try HTTPTransport(), base: to ?? settings.server.publicURL, signer: asIs ? nil : try CaptureSigner(settings))
        return (client, captures)
    }
}

extension CommandFailure {
    fileprivate static func code(of error: ReplayError) -> ExitCode {
        switch error {
        case .signing: badInput
        case .nothingAnswers, .transport: notNow
        }
    }
}
