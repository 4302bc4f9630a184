import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// The timeouts of a connection.
public struct ConnectionDeadlines: Sendable {
    /// From the start of the connection to the end of its first request's header.
    public var header: Duration
    /// From the end of the header to the end of the body.
    public var body: Duration
    /// Between requests.
    public var idle: Duration
    /// For the client to read what was sent, if the system's buffers are full.
    public var write: Duration

    public init(
        header: Duration = .seconds(10), body: Duration = .seconds(30), idle: Duration = .seconds(60), write: Duration = .seconds(30)
    ) {
        self.header = header
        self.body = body
        self.idle = idle
        self.write = write
    }
}

extension HTTPServerBuilder {
    /// A server of HTTP/1.1 with deadlines and limits, with TLS if there is an identity; each connection's tasks run on its own event loop.
    /// `bodyLimit` is the most bytes that the routes accept in a body; `webhooks` are accepted in front of the routes.
    public static func gateway(
        _ deadlines: ConnectionDeadlines, edge: Edge, bodyLimit: Int, webhooks: DirectWebhooks? = nil, tls: TLSIdentity? = nil
    ) -> HTTPServerBuilder {
        let executors = EventLoopExecutors()
        return HTTPServerBuilder { responder in
            let http = HTTP1Channel(
                responder: responder,
                configuration: .init(
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
            let connection = ConnectionChannel(
                http: http, executors: executors, deadlines: deadlines, rules: RequestRules(edge: edge, bodyLimit: bodyLimit),
                webhooks: webhooks, identity: tls)
            return try tls.map { try SecureChannel(connection, $0) as any ServerChildChannel } ?? connection
        }
    }
}

/// A connection with its deadlines and rules, whose tasks run on its event loop.
struct ConnectionChannel: ServerChildChannel {
    let http: HTTP1Channel
    let executors: EventLoopExecutors
    let deadlines: ConnectionDeadlines
    let rules: RequestRules
    /// The webhooks that are accepted in front of the routes; nil leaves all to the routes.
    let webhooks: DirectWebhooks?
    /// Nil without TLS.
    let identity: TLSIdentity?
    /// Of the authorities that verify the certificate of the connection's client.
    var authoritiesVersion = 0

    /// Builds the pipeline between network and routes: write timeout, TLS, parser, deadlines, rules, webhooks.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(WriteWatch(timeout: deadlines.write, counts: rules.edge.counts), position: .first)
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandlers(
                [DeadlineWatch(deadlines, counts: rules.edge.counts), RequestGate(rules, logger: logger)], position: .before(codec))
            if let webhooks {
                let answers = executors.executor(of: channel.eventLoop)
                try pipeline.addHandler(DirectPath(webhooks, answers: answers, logger: logger), position: .before(codec))
            }
            if identity != nil { try pipeline.addHandler(AuthoritiesMark(version: authoritiesVersion), position: .last) }
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let caller = Caller(value.channel.remoteAddress.flatMap { IPAddress($0) }, behind: rules.edge.limits.trustedProxies)
        await withTaskExecutorPreference(executors.executor(of: value.channel.eventLoop)) {
            await Caller.$current.withValue(caller) {
                await OpenConnection.$current.withValue(OpenConnection(value.channel)) {
                    guard let identity else { return await http.handle(value: value, logger: logger) }
                    await PeerCertificate.$current.withValue(PeerCertificate(value.channel, identity)) {
                        await http.handle(value: value, logger: logger)
                    }
                }
            }
        }
    }
}
