import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// An HTTP server on a free port of 127.0.0.1 for the time of a closure; what it still does then is cut off.
enum LiveServer {
    /// Calls `body` with the port.
    static func run<Value>(
        _ router: Router<ConnectionContext>, _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let ports = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test-server")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { ports.continuation.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let services = ServiceGroup(configuration: .init(services: [application], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { ports.continuation.finish() }
                try await services.run()
            }
            defer { group.cancelAll() }
            guard let port = await ports.stream.first(where: { _ in true }) else { throw ProcessFailure("a test's server does not start") }
            return try await body(port)
        }
    }
}

/// Lets a route close the connection that its request came by.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
