import ArgumentParser
import Messaging
import Operations
import Replay
import SwitchboardApp

/// `switchboard sign`.
struct Sign: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a curl command that posts a captured request, signed with the secret of its account.",
        usage: "switchboard sign (<file> | --sample) [<options>]",
        discussion: """
            The request line of the file, POST /webhooks/ADAPTER/ACCOUNT, names the account whose secret signs. Nothing is sent until the \
            command runs. A signature that contains the time, as those of chat and kiosk do, is valid for five minutes. The times inside the \
            captured message stay as they are; --sample makes a new message with the current time. A browser's request \
            (Webhooks/WebChat/session-token.http) is not signed: it needs the token of an active session as its X-Session-Token. Of a stored \
            delivery the token is not kept, so it cannot be sent again: replay it with --into. If the answer is 401, the gateway has other \
            settings: name them with --config.

            \(VerbExit.codes(
                "printed", input: "wrong settings or file, or (with --sample) no account whose adapter has a sample"))

            Examples:
              switchboard sign Webhooks/Kiosk/message-text.http | sh
              switchboard sign --sample | sh
            """)

    @Argument(
        help: "A .http file with one request: request line, headers, a blank line, the body. Webhooks/ has examples.",
        completion: .file(extensions: ["http"]))
    var file: String?

    @Flag(help: "Instead of a file: sign a new sample message for the first account whose adapter has one.")
    var sample = false

    @Option(help: ArgumentHelp("The gateway's URL. Default: \(GatewayURL.byDefault).", valueName: "url"))
    var to: String?

    @Flag(help: "Print one JSON object, with the curl command as `command`.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    func validate() throws {
        guard (file == nil) == sample else { throw ValidationError("give either one .http file or --sample") }
        if let file, CaptureFiles.isFolder(file) {
            throw ValidationError("“\(file)” is a folder: name one .http file; `switchboard replay` sends whole folders")
        }
        if let fault = to.flatMap(GatewayURL.fault) { throw ValidationError(fault) }
    }

    func run() throws {
        let command = try VerbExit.checkingInput {
            let settings = try configuration.settings(for: .accounts)
            return try CaptureSigner(settings).command(posting: try capture(settings), to: to ?? settings.server.publicURL, at: .now)
        }
        if json { print(command.json) } else { print(command) }
        if command.hasToken { VerbExit.tell(Self.noteOnToken) }
    }

    static let noteOnToken = """
        this request has a session's token, which says whose it is, so it is not signed. It is accepted if its X-Session-Token is the \
        session_token of an active session, which POST /session/start returns
        """

    private func capture(_ settings: Settings) throws -> HTTPCapture {
        if let file { return try CaptureFiles.read(file) }
        guard let sample = Sample(for: settings, at: .now) else {
            let kinds = AdapterRegistry.shipped.kinds.filter { AdapterRegistry.shipped.traits(of: $0)?.sample != nil }
            let advice = DevelopmentAccounts.hint(for: settings) ?? "name a .http file instead; Webhooks/ has some for every adapter"
            throw VerbExit.failure(
                "the settings have no account whose adapter has a sample (\(kinds.map(\.rawValue).joined(separator: ", "))): \(advice)",
                VerbExit.badInput)
        }
        return sample.capture
    }
}
