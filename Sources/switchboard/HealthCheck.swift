import ArgumentParser
import HTTPTransport
import SwitchboardApp

/// `switchboard healthcheck`.
struct HealthCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Ask the running gateway whether it is alive (GET /healthz), as the health check of a container does.",
        discussion: """
            Asks at server.host and server.port of the settings, of which only `server` is read; if the gateway listens on all addresses \
            (0.0.0.0 or ::), at the loopback address. It uses no proxy, and does not verify the gateway's certificate, which is issued for the gateway's public name.

            \(VerbExit.codes(
                "the gateway answered 200", found: "the gateway answered otherwise, or not within \(timeLimit.components.seconds) seconds",
                input: "the section `server` cannot be used"))

            Examples:
              switchboard healthcheck
              switchboard healthcheck --port 8001
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: "The port on which the gateway listens, instead of server.port of the settings.")
    var port: Int?

    /// From the call to the last byte of the answer.
    private static let timeLimit = Duration.seconds(5)

    func validate() throws {
        guard let port, !(1...65_535).contains(port) else { return }
        throw ValidationError("--port: must be a number from 1 to 65535")
    }

    func run() async throws {
        let server = try VerbExit.checkingInput {
            try Settings.server(path: configuration.path, environment: configuration.environment())
        }
        let port = port ?? server.port
        guard port != 0 else {
            throw VerbExit.failure(
                "server.port is 0, so the system chose the gateway's port: name it with --port", VerbExit.badInput)
        }
        var request = OutgoingRequest(url: "\(server.localURL(port: port))/healthz", timeout: Self.timeLimit)
        request.isToThisMachine = true
        let answer: IncomingResponse
        do throws(HTTPTransportError) {
            answer = try await HTTPTransport().send(request)
        } catch {
            throw VerbExit.failure("\(request.url) did not answer: \(error)", VerbExit.problemFound)
        }
        guard answer.status == 200 else { throw VerbExit.failure("\(request.url) answered \(answer.status)", VerbExit.problemFound) }
        print("\(request.url) answered 200")
    }
}
