import ArgumentParser
import Files
import Foundation
import Journal
import Logging
import Messaging
import Metrics
import Receiver
import SwitchboardApp
import Telemetry

/// `switchboard serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway.",
        discussion: """
            The gateway listens on server.host and server.port of the settings (by default 127.0.0.1:8000), prints its URLs to standard \
            output, and runs until it gets SIGTERM or SIGINT (ctrl-C). It then answers the requests that it has begun to read, and stops. \
            The log is written to standard error.

            If the settings have no accounts and the server listens on this machine only, the gateway creates accounts for development, with \
            random secrets, in a file beside the journal, and prints a signed message to try.

            SIGHUP makes it read the settings again and apply what can change while it runs, such as accounts, secrets, clients and \
            operators; the log says what needs a restart. Wrong settings change nothing.

            \(VerbExit.codes(
                "stopped by a signal",
                notNow: "temporary failure, such as a port that is in use or a journal that another gateway serves"))

            Example: switchboard serve --config /etc/switchboard/switchboard.yaml
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: "The port to listen on, instead of server.port of the settings; 0 means any free port.")
    var port: Int?

    @Flag(
        help: """
            Answer GET /session, GET /events, what /admin only reads, probes and metrics, from a journal that another gateway may be \
            serving, and store nothing: requests that would store something are answered 503.
            """)
    var readOnly = false

    @Flag(help: ArgumentHelp("Add POST /noop, which reads a body and does nothing: the baseline of benchmarks.", visibility: .hidden))
    var noop = false

    func validate() throws {
        guard let port, !(0...65_535).contains(port) else { return }
        throw ValidationError("--port: must be a number from 0 to 65535")
    }

    func run() async throws {
        let (settings, banner, environment) = try VerbExit.checkingInput {
            // Problems of the settings' files are reported before anything else begins.
            let environment = try configuration.environment()
            let settings = try servedSettings(with: environment)
            try Gateway.checkSystem()
            return (settings, try StartupBanner(settings), environment)
        }
        // A reader of standard output may go away while the gateway serves.
        signal(SIGPIPE, SIG_IGN)
        let log = StandardErrorLog.bootstrap(settings.log, showsTraces: settings.tracing.endpoint != nil)
        // Metrics of libraries are on the page too.
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let output = DescriptorWriter(STDOUT_FILENO)
        defer {
            output.flush()
            log.flush()
        }
        do {
            let gateway = Gateway(
                settings, logger: Logger(label: "switchboard"), log: log, metrics: metrics, answersNoop: noop, isReadOnly: readOnly,
                reread: {
                    try self.servedSettings(with: self.configuration.environment(since: environment, isReload: true), isReload: true)
                })
            let isKept = SystemJournal.isBehind(STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
            try await gateway.run { port in
                output.write(banner.text(port: port, isReadOnly: readOnly, showsSecrets: !isKept, at: .now) + "\n")
            }
        } catch {
            log.write(VerbExit.line("\(error)\((error as? JournalError).map { VerbExit.hint(of: $0, settings) } ?? "")"))
            throw (error as? JournalError).map(VerbExit.code(of:)) ?? VerbExit.notNow
        }
    }

    /// The settings to serve with, read with these variables, and changed by the command line's options.
    private func servedSettings(with environment: SettingsEnvironment, isReload: Bool = false) throws(SettingsError) -> Settings {
        var settings = try configuration.settings(
            with: environment, for: readOnly ? .serveReadOnly : .serve, isReload: isReload)
        if let port { settings.listen(onPort: port) }
        return settings
    }
}
