import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// An HTTP server on a free port of 127.0.0.1 that exists during a closure; work that is then unfinished is cut off.
enum LiveServer {
    /// Calls `body` with the port.
    static func run<Value>(
        _ router: Router<ConnectionContext>, _ body: (Int) async throws -> Value
    ) async throws -> Value {
        let listening = AsyncStream<any Channel>.makeStream()
        var logger = Logger(label: "test-server")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { listening.continuation.yield($0) }, logger: logger)
        let services = ServiceGroup(configuration: .init(services: [application], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { listening.continuation.finish() }
                try await services.run()
            }
            guard let server = await listening.stream.first(where: { _ in true }), let port = server.localAddress?.port else {
                throw ProcessFailure("a test's server does not start")
            }
            let result: Result<Value, any Error>
            do { result = .success(try await body(port)) } catch { result = .failure(error) }
            // It stops listening first: accepting a connection while its task is cancelled would end the process (swift-nio 2's
            // NIOAsyncWriter).
            await services.triggerGracefulShutdown()
            try await server.closeFuture.get()
            group.cancelAll()
            return try result.get()
        }
    }
}

/// Lets a route close the connection of its request.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
