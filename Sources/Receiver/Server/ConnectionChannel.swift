import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// How long a connection may take for what.
public struct ConnectionDeadlines: Sendable {
    /// From the first byte a connection may send to the end of its first request's header.
    public var header: Duration
    /// From the end of the header to the end of the body.
    public var body: Duration
    /// Between requests.
    public var idle: Duration

    public init(header: Duration = .seconds(10), body: Duration = .seconds(30), idle: Duration = .seconds(60)) {
        self.header = header
        self.body = body
        self.idle = idle
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 with deadlines, each connection's tasks on its own event loop.
    public static func gateway(_ deadlines: ConnectionDeadlines) -> HTTPServerBuilder {
        let executors = EventLoopExecutors()
        return HTTPServerBuilder { responder in
            let http = HTTP1Channel(
                responder: responder,
                configuration: .init(
                    additionalChannelHandlers: [DeadlineWatch(deadlines)],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
            return ConnectionChannel(http: http, executors: executors)
        }
    }
}

/// A connection whose tasks run on its event loop.
private struct ConnectionChannel: ServerChildChannel {
    let http: HTTP1Channel
    let executors: EventLoopExecutors

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskExecutorPreference(executors.executor(of: value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
    }
}
