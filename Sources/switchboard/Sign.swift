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
            its provider dates it.

            Example: switchboard sign Webhooks/Kiosk/message-text.http | sh
            """)

    @Argument(help: "The capture: a request in plain HTTP message form, as in Webhooks/.")
    var file: String

    @Option(help: "The gateway's URL; server.public_url of the settings where it is left out.")
    var to: String?

    @OptionGroup var configuration: ConfigurationOptions

    func run() throws {
        let command = try VerbExit.checkingInput {
            let settings = try configuration.settings()
            let capture = try CaptureFiles.read(file)
            return try CaptureSigner(settings).command(posting: capture, to: to ?? settings.server.publicURL, at: .now)
        }
        print(command)
    }
}
