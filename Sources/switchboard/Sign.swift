import ArgumentParser
import Messaging
import Operations
import Replay
import SwitchboardApp

/// `switchboard sign`.
struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the curl line that posts a capture, signed with its account's secret.",
        discussion: """
            The account is the one in the capture's request line, /webhooks/ADAPTER/ACCOUNT. A signature holds for five minutes where \
            its provider dates it. A capture keeps the times that are written in it; a sample is a new message, sent now.

            Examples:
              switchboard sign Webhooks/Kiosk/message-text.http | sh
              switchboard sign --sample | sh
            """)

    @Argument(
        help: "The capture: a request in plain HTTP message form, as in Webhooks/.", completion: .file(extensions: ["http"]))
    var file: String?

    @Flag(help: "Instead of a capture, a message of this moment to the first account whose adapter has a sample.")
    var sample = false

    @Option(help: "The gateway's URL; server.public_url of the settings where it is left out.")
    var to: String?

    @Flag(help: "Print JSON: the line as `command`.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    func validate() throws {
        guard (file == nil) == sample else { throw ValidationError("a capture's file or --sample: one of them") }
        if let fault = to.flatMap(GatewayURL.fault) { throw ValidationError(fault) }
    }

    func run() throws {
        let command = try VerbExit.checkingInput {
            let settings = try configuration.settings()
            return try CaptureSigner(settings).command(posting: try capture(settings), to: to ?? settings.server.publicURL, at: .now)
        }
        if json { print(command.json) } else { print(command) }
    }

    private func capture(_ settings: Settings) throws -> HTTPCapture {
        if let file { return try CaptureFiles.read(file) }
        guard let sample = Sample(for: settings, at: .now) else {
            let advice = DevelopmentAccounts.hint(for: settings).map { ": \($0)" } ?? ""
            throw VerbExit.failure("no account's adapter has a sample\(advice)", VerbExit.badInput)
        }
        return sample.capture
    }
}
