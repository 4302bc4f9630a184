import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy to a server on 127.0.0.1, for any protocol, which a test can stall or cut off.
public final class FaultyLink: Sendable {
    /// The port to which clients connect.
    public let port: Int
    private let listener: any Channel
    private let state: Mutex<State>

    private struct State {
        var channels: [any Channel] = []
        var isStalled = false
        var isRefusing = false
    }

    /// Forwards connections to a port while `body` runs.
    public static func run<Value>(to port: Int, _ body: (FaultyLink) async throws -> Value) async throws -> Value {
        let arrivals = Arrivals()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { arrivals.take($0, to: port) }
            .bind(host: "127.0.0.1", port: 0).get()
        let link = FaultyLink(port: listener.localAddress?.port ?? 0, listener: listener)
        arrivals.link.withLock { $0 = link }
        defer { link.close() }
        return try await body(link)
    }

    private init(port: Int, listener: any Channel) {
        self.port = port
        self.listener = listener
        state = Mutex(State())
    }

    /// Stops forwarding in both directions, and keeps the connections.
    public func stall() { state.withLock { $0.isStalled = true } }

    /// Forwards what was stalled, and everything that follows.
    public func resume() {
        let channels = state.withLock { state in
            state.isStalled = false
            return state.channels
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(LinkResumed()) }
    }

    /// Closes all present connections on both sides.
    public func cut() {
        let channels = state.withLock { state in
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }

    /// Begins to close every new connection at once, or ceases to.
    public func refuse(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    var isStalled: Bool { state.withLock { $0.isStalled } }

    /// False if the connection must be closed.
    fileprivate func take(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isRefusing else { return false }
            state.channels.append(channel)
            return true
        }
    }

    private func close() {
        refuse(true)
        cut()
        listener.close(promise: nil)
    }
}

private struct LinkResumed: Sendable {}

/// Passes on new connections; it gets the link after the listener has been created.
private final class Arrivals: Sendable {
    let link = Mutex<FaultyLink?>(nil)

    func take(_ client: any Channel, to port: Int) -> EventLoopFuture<Void> {
        client.eventLoop.makeCompletedFuture {
            guard let link = link.withLock({ $0 }), link.take(client) else { throw ChannelError.ioOnClosedChannel }
            try client.pipeline.syncOperations.addHandler(ClientEnd(link, port: port))
        }
    }
}

/// Forwards data from one side to the other, or keeps it while the link is stalled or not yet connected.
private class LinkEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let link: FaultyLink
    private var other: (any Channel)?
    private var kept: [ByteBuffer] = []

    init(_ link: FaultyLink, other: (any Channel)? = nil) {
        self.link = link
        self.other = other
    }

    func join(_ other: any Channel) {
        self.other = other
        pass()
    }

    func channelActive(context: ChannelHandlerContext) {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        kept.append(unwrapInboundIn(data))
        pass()
    }

    func channelInactive(context: ChannelHandlerContext) { other?.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is LinkResumed { pass() }
    }

    private func pass() {
        guard let other, !link.isStalled else { return }
        for bytes in kept { other.writeAndFlush(bytes, promise: nil) }
        kept = []
    }
}

/// The client's side, which connects to the server once the client has connected.
private final class ClientEnd: LinkEnd {
    private let port: Int

    init(_ link: FaultyLink, port: Int) {
        self.port = port
        super.init(link)
    }

    override func channelActive(context: ChannelHandlerContext) {
        let client = context.channel
        let link = link
        let end = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    guard link.take(server) else { throw ChannelError.ioOnClosedChannel }
                    try server.pipeline.syncOperations.addHandler(LinkEnd(link, other: client))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                switch result {
                case .success(let server): end.value.join(server)
                case .failure: client.close(promise: nil)
                }
            }
    }
}
