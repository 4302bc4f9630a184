import Journal
import Logging
import Messaging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SwitchboardTesting
import Synchronization

@testable import Receiver

/// One connection with the server's handlers, from its bytes up to the routes, over the journal of a `TestReceiver`. The test answers in
/// place of the routes.
final class TestConnection: Sendable {
    private let channel: NIOAsyncTestingChannel
    private let routes = StandInRoutes.Record()
    private let received = Mutex("")

    convenience init(_ rig: TestReceiver) async throws { try await self.init(rig.directWebhooks, rig.edge) }

    init(_ webhooks: DirectWebhooks, _ edge: Edge) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        channel = try await NIOAsyncTestingChannel { [routes] channel in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
            try pipeline.addHandlers([
                RequestGate(RequestRules(edge: edge, bodyLimit: 4 << 20), logger: logger),
                DirectPath(webhooks, answers: EventLoopExecutor(channel.eventLoop), logger: logger),
                StandInRoutes(routes),
            ])
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
    }

    /// When a loop and a channel are released, the loop must have no work left and the channel must be closed.
    deinit {
        channel.close(promise: nil)
        try? channel.testingEventLoop.syncShutdownGracefully()
    }

    /// What reached the routes: `GET /a`, `11 bytes`, `end`, `quiesce`, `input closed`, `error`, `inactive`.
    var seen: [String] { routes.seen.withLock { $0 } }

    /// The answers so far.
    func sent() async throws -> String {
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) { received.withLock { $0 += String(buffer: bytes) } }
        return received.withLock { $0 }
    }

    /// The statuses of the answers; waits until there are at least this many.
    func statuses(_ count: Int = 0) async throws -> [String] {
        try await waiting(for: "\(count) answers") {
            let statuses = try await sent().matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.output.1) }
            return statuses.count >= count ? statuses : nil
        }
    }

    func receive(_ text: String) async {
        // The channel also throws the error of a malformed request.
        _ = try? await channel.writeInbound(ByteBuffer(string: text))
    }

    /// Fires an event other than received bytes.
    func happen(_ event: some Sendable) async throws {
        try await channel.testingEventLoop.executeInContext { [channel] in channel.pipeline.fireUserInboundEventTriggered(event) }
    }

    func close() async throws { try await channel.close() }

    /// Runs the work that is queued on the event loop.
    func turn() async { await channel.testingEventLoop.run() }

    /// Answers as a route would.
    func answer(_ status: Int) async throws {
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: ["Content-Length": "0"])
        try await channel.testingEventLoop.executeInContext { [channel] in
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }

    /// Begins an answer without an end, as a route does that streams.
    func beginStream(writing text: String) async throws {
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream"])
        try await channel.testingEventLoop.executeInContext { [channel] in
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))), promise: nil)
        }
    }
}

/// Records what reaches the routes.
private final class StandInRoutes: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    final class Record: Sendable {
        let seen = Mutex<[String]>([])
    }

    private let record: Record

    init(_ record: Record) { self.record = record }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): note("\(head.method.rawValue) \(head.uri)")
        case .body(let bytes): note("\(bytes.readableBytes) bytes")
        case .end: note("end")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: note("quiesce")
        case ChannelEvent.inputClosed: note("input closed")
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { note("error") }

    func channelInactive(context: ChannelHandlerContext) { note("inactive") }

    private func note(_ what: String) { record.seen.withLock { $0.append(what) } }
}

extension TestReceiver {
    /// The bytes of a signed webhook, with additional `headers`. Without `hasLength` its body is sent in two chunks.
    func request(
        _ body: String, to path: String = "/webhooks/kiosk/lobby", query: String = "", headers: [String] = [], hasLength: Bool = true
    ) -> String {
        let signature = signature(path, Array(body.utf8)).map { "\($0.name): \($0.value)" }
        return unsigned(body, to: path + query, headers: signature + headers, hasLength: hasLength)
    }

    /// The bytes of the same request without a signature.
    func unsigned(_ body: String, to target: String, headers: [String] = [], hasLength: Bool = true) -> String {
        let half = body.index(body.startIndex, offsetBy: body.count / 2)
        let chunks = [body[..<half], body[half...]].map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
        let length = hasLength ? "Content-Length: \(body.utf8.count)" : "Transfer-Encoding: chunked"
        let head = ["POST \(target) HTTP/1.1", "Host: localhost", "Content-Type: application/json", length] + headers
        return head.joined(separator: "\r\n") + "\r\n\r\n" + (hasLength ? body : chunks + "0\r\n\r\n")
    }

    /// Holds the file's write lock while `body` runs, so that the journal cannot answer.
    func whileLocked(_ body: () async throws -> Void) async throws {
        let other = try OtherProcess(path)
        try other.execute("BEGIN IMMEDIATE")
        try await body()
        try other.execute("ROLLBACK")
        try other.close()
    }
}
