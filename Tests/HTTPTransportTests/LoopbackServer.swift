import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// A real HTTP server on a free port of 127.0.0.1, for one test.
enum LoopbackServer {
    /// Calls `body` with the server's base URL, `http://127.0.0.1:40123`; `gate` is opened when it returns.
    static func run(gate: Gate = Gate(), _ body: @Sendable (String) async throws -> Void) async throws {
        let application = Application(
            router: router(gate), configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { client in
            defer { gate.open() }
            let port = try #require(client.port)
            try await body("http://127.0.0.1:\(port)")
        }
    }

    private static func router(_ gate: Gate) -> Router<ConnectionContext> {
        let router = Router(context: ConnectionContext.self)
        router.get("/hello") { _, _ in
            Response(status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: ByteBuffer(string: "hello")))
        }
        router.on("/echo", method: .post, use: echo)
        router.on("/echo", method: .put, use: echo)
        router.get("/headers") { request, _ in
            request.headers.map { "\($0.name.rawName): \($0.value)" }.joined(separator: "\n")
        }
        router.get("/port") { _, context in "\(context.remotePort)" }
        router.get("/number/:number") { _, context in try context.parameters.require("number") }
        router.get("/moved") { _, _ in Response.redirect(to: "/hello", type: .found) }
        router.get("/bytes/:count") { _, context in
            String(repeating: "x", count: try context.parameters.require("count", as: Int.self))
        }
        router.get("/silence") { _, _ in
            await gate.wait()
            return "too late"
        }
        return router
    }

    @Sendable private static func echo(_ request: Request, _ context: ConnectionContext) async throws -> Response {
        let body = try await request.body.collect(upTo: 8 << 20)
        return Response(
            status: .created, headers: [.contentType: request.headers[.contentType] ?? "none"], body: .init(byteBuffer: body))
    }
}

/// Has the client's port, which distinguishes connections.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remotePort: Int

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remotePort = source.channel.remoteAddress?.port ?? 0
    }
}

/// Delays the server's answer until it is opened, and signals the arrival of the first request.
final class Gate: Sendable {
    private let opened = AsyncStream<Void>.makeStream()
    private let arrived = AsyncStream<Void>.makeStream()

    func open() { opened.continuation.finish() }

    func wait() async {
        arrived.continuation.yield()
        for await _ in opened.stream {}
    }

    /// Waits until the first request has arrived.
    func firstArrival() async { _ = await arrived.stream.first { true } }
}
