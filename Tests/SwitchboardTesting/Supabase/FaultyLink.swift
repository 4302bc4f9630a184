import NIOCore
import NIOPosix
import Synchronization

/// A TCP connection's way to a server on 127.0.0.1, which a test can stall or cut, whatever is spoken over it.
public final class FaultyLink: Sendable {
    /// Where clients connect to.
    public let port: Int
    private let listener: any Channel
    private let state: Mutex<State>

    private struct State {
        var channels: [any Channel] = []
        var isStalled = false
        var isRefusing = false
    }

    /// Leads to a port while `body` runs.
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

    /// Lets nothing through any more, in no direction, and keeps the connections.
    public func stall() { state.withLock { $0.isStalled = true } }

    /// Lets through what was stalled, and what comes.
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

    /// From now on closes every new connection at once, or no longer does.
    public func refuse(_ isRefusing: Bool) { state.withLock { $0.isRefusing = isRefusing } }

    var isStalled: Bool { state.withLock { $0.isStalled } }

    /// False where the connection is to be closed.
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

/// Knows the link before it listens.
private final class Arrivals: Sendable {
    let link = Mutex<FaultyLink?>(nil)

    func take(_ client: any Channel, to port: Int) -> EventLoopFuture<Void> {
        client.eventLoop.makeCompletedFuture {
            guard let link = link.withLock({ $0 }), link.take(client) else { throw ChannelError.ioOnClosedChannel }
            try client.pipeline.syncOperations.addHandler(ClientEnd(link, port: port))
        }
    }
}

/// Hands what one side says to the other, or keeps it while the link is stalled or leads nowhere yet.
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

/// The client's side, which connects to the server when the client has come.
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
