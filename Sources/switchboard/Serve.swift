import ArgumentParser
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
            Listens where the settings say (127.0.0.1:8000), prints its URLs and a message to try, and serves until SIGTERM or ctrl-C; \
            what was taken is finished first. The log goes to standard error.

            Example: switchboard serve --config /etc/switchboard/switchboard.yaml
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: "Listen on this port instead of the settings'; 0 takes a free one.")
    var port: Int?

    @Flag(help: "Answer questions about a journal that another gateway serves from: GET /session, probes and metrics. It stores nothing.")
    var readOnly = false

    @Flag(help: ArgumentHelp("Add POST /noop, which does nothing with a body: what benchmarks measure against.", visibility: .hidden))
    var noop = false

    func validate() throws {
        guard let port, !(0...65_535).contains(port) else { return }
        throw ValidationError("--port: must be a number from 0 to 65535")
    }

    func run() async throws {
        let (settings, banner) = try VerbExit.checkingInput {
            // What is wrong with its files is known before anything else begins.
            var settings = try configuration.settings(for: readOnly ? .serveReadOnly : .serve)
            try Gateway.checkSystem()
            if let port { settings.server.port = port }
            return (settings, try StartupBanner(settings))
        }
        // Whoever reads what it prints may go away while it serves.
        signal(SIGPIPE, SIG_IGN)
        let log = StandardErrorLog.bootstrap(settings.log)
        // What any library counts is on the page too.
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let output = DescriptorWriter(STDOUT_FILENO)
        defer {
            output.flush()
            log.flush()
        }
        do {
            let gateway = Gateway(
                settings, logger: Logger(label: "switchboard"), log: log, metrics: metrics, answersNoop: noop, isReadOnly: readOnly)
            try await gateway.run { port in
                output.write(banner.text(port: port, isReadOnly: readOnly, at: .now) + "\n")
            }
        } catch {
            log.write(VerbExit.line("\(error)\((error as? JournalError).map { VerbExit.hint(of: $0, settings) } ?? "")"))
            throw (error as? JournalError).map(VerbExit.code(of:)) ?? VerbExit.notNow
        }
    }
}
