import HTTPTypes
import JSON
import Logging
import Messaging
import NIOCore
import NIOHTTP1

/// Applies the rules of HTTP/1 that hold for every route to one connection: refuses what no route should see, keeps answers in order, and
/// closes the connection after an answer if necessary.
///
/// Each request is answered, by the routes or, if it was refused, by the gate. After a request that closes the connection nothing more is
/// read, and further output of the routes is dropped.
final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How many milliseconds a 429 is delayed: a sender that ignores it can send only one request per connection in this time. The delay is
    /// random, so that senders do not all return at once.
    static let pause: ClosedRange<Int64> = 500...1500
    /// How long the connection stays open after its last answer. If it were closed while the client is still sending, the system would
    /// reset it, and the client might never see the answer.
    static let linger: TimeAmount = .seconds(1)

    /// The most pending answers. One read of a socket can contain thousands of small requests, which the loop would otherwise process
    /// without serving other connections.
    static let mostOwed = 100

    private let rules: RequestRules
    private let logger: Logger
    private var peer: IPAddress?
    private var caller: Caller?
    private var isProbesOnly = false

    private enum Reading {
        case nothing
        /// A request of the routes is being read.
        case routed
        /// A refused request is being read.
        case refused
        /// Nothing more is accepted.
        case ended
    }

    private struct Owed {
        /// Nil if the routes answer.
        var problem: Problem?
        var isHead = false
        var closes = false
        var hasWaited = false
    }

    private var reading = Reading.nothing
    /// The head of the request that is being read.
    private var head: HTTPRequestHead?
    /// Whether the connection closes after the request that is being read.
    private var isLastRequest = false
    /// Whether the client holds back the body of the current request until it receives 100.
    private var awaitsContinue = false
    private var owed = CircularBuffer<Owed>(initialCapacity: 4)
    /// Parts of the routes' answers that cannot be sent yet.
    private var held = CircularBuffer<(part: HTTPServerResponsePart, promise: EventLoopPromise<Void>?)>()
    private var isAnswering = false
    private var isReadHeld = false
    private var isCloseHeld = false
    private var pauseTimer: Scheduled<Void>?
    private var lingerTimer: Scheduled<Void>?

    init(_ rules: RequestRules, logger: Logger) {
        self.rules = rules
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        peer = context.channel.remoteAddress.flatMap { IPAddress($0) }
        caller = Caller(peer, behind: rules.edge.limits.trustedProxies)
        isProbesOnly = rules.edge.connections.isProbesOnly(context.channel)
        if isProbesOnly { closeLater(context, in: .seconds(2)) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pauseTimer?.cancel()
        lingerTimer?.cancel()
        for part in held { part.promise?.fail(ChannelError.ioOnClosedChannel) }
        held = []
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, data, context)
        case .body:
            // A client that sends the body no longer waits for 100.
            awaitsContinue = false
            if reading == .routed { context.fireChannelRead(data) }
        case .end:
            awaitsContinue = false
            let wasRouted = reading == .routed
            if reading != .ended { reading = isLastRequest ? .ended : .nothing }
            head = nil
            if wasRouted { context.fireChannelRead(data) }
        }
    }

    /// `data` is the head as it arrived; passing it on costs less than wrapping it again.
    private func read(_ head: HTTPRequestHead, _ data: NIOAny, _ context: ChannelHandlerContext) {
        guard reading != .ended else { return }
        self.head = head
        let isHead = head.method == .HEAD
        let isTooMany = owed.count >= Self.mostOwed
        let closes = !head.isKeepAlive || head.version.isBeforeHTTP11 || isProbesOnly || isTooMany || head.asksForEvents
        let verdict = isTooMany ? .refused(Self.tooMany, isLast: true) : rules.verdict(on: head, from: peer, isProbesOnly: isProbesOnly)
        switch verdict {
        case .refused(let problem, let isLast):
            owed.append(Owed(problem: said(problem, of: head), isHead: isHead, closes: closes || isLast))
            reading = closes || isLast ? .ended : .refused
            proceed(context)
            context.flush()
        case .routed(let wantsContinue):
            isLastRequest = closes
            owed.append(Owed(isHead: isHead, closes: closes))
            reading = .routed
            awaitsContinue = wantsContinue
            sendContinue(context)
            guard isHead else { return context.fireChannelRead(data) }
            // HEAD is answered like GET, without the body.
            var head = head
            head.method = .GET
            context.fireChannelRead(wrapInboundOut(.head(head)))
        }
    }

    /// Sends 100 to a client that waits with its body, once earlier requests are answered (RFC 9110, 10.1.1): a client cannot parse it
    /// within another answer.
    private func sendContinue(_ context: ChannelHandlerContext) {
        guard awaitsContinue, reading == .routed, owed.count == 1, !isAnswering, held.isEmpty, owed.first?.problem == nil else { return }
        awaitsContinue = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    private static let tooMany = Problem(
        .serviceUnavailable, detail: "more than \(mostOwed) requests wait for their answers on this connection", retryAfter: 1)

    /// Answers the parser's errors and late bodies. The routes receive the error too, which ends their reading of the body; their own
    /// answer to it is dropped, and they do not log it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard Problem.isOfTheGate(error) else { return context.fireErrorCaught(error) }
        guard reading != .ended else { return }
        let problem = Problem(error)
        if reading == .nothing {
            owed.append(Owed(problem: said(problem, of: nil), closes: true))
        } else if let last = owed.indices.last {
            // The broken body belongs to the latest request. If its answer has begun, the answer is cut off and the connection closed.
            if last != owed.startIndex || !isAnswering, owed[last].problem == nil {
                owed[last].problem = said(problem, of: head)
            }
            owed[last].closes = true
        }
        reading = .ended
        context.fireErrorCaught(error)
        if owed.isEmpty { end(context) } else { proceed(context) }
        context.flush()
    }

    /// Reads on only while at most one answer is pending, so that a client that sends requests without reading answers uses no more memory.
    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadHeld = true }
    }

    private var mayRead: Bool { owed.count <= 1 && pauseTimer == nil }

    /// Counts and logs a refusal, once per request: one that has been answered is not refused. Returns the problem to answer.
    private func said(_ problem: Problem, of head: HTTPRequestHead?) -> Problem {
        let problem = problem.identified()
        rules.count(problem)
        problem.log(method: head?.method.rawValue, from: caller?.address(head?.headers ?? [:]), to: logger)
        return problem
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let first = owed.first else {
            promise?.succeed()
            return
        }
        let part = unwrapOutboundIn(data)
        if first.problem == nil, held.isEmpty, pauseTimer == nil, !part.isTooManyRequests {
            send(part, data, promise, context)
        } else {
            held.append((part, promise))
        }
        proceed(context)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, pauseTimer != nil || !held.isEmpty || owed.contains(where: { $0.problem != nil }) else {
            return context.close(mode: mode, promise: promise)
        }
        isCloseHeld = true
        promise?.succeed()
    }

    /// Sends the answers that may be sent now, in the order of the requests.
    private func proceed(_ context: ChannelHandlerContext) {
        while pauseTimer == nil, let first = owed.first {
            if let problem = first.problem {
                guard problem.status != .tooManyRequests || first.hasWaited else { return wait(context) }
                send(problem, context)
            } else if let next = held.first {
                guard !next.part.isTooManyRequests || first.hasWaited else { return wait(context) }
                held.removeFirst()
                send(next.part, nil, next.promise, context)
            } else {
                break
            }
        }
        sendContinue(context)
        if isReadHeld, mayRead {
            isReadHeld = false
            context.read()
        }
        guard isCloseHeld, owed.isEmpty else { return }
        isCloseHeld = false
        end(context)
    }

    private func wait(_ context: ChannelHandlerContext) {
        owed[owed.startIndex].hasWaited = true
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        pauseTimer = context.eventLoop.scheduleTask(in: .milliseconds(.random(in: Self.pause))) {
            let (gate, context) = bound.value
            gate.pauseTimer = nil
            gate.proceed(context)
            context.flush()
        }
    }

    private func send(_ problem: Problem, _ context: ChannelHandlerContext) {
        let answer = problem.answer
        send(.head(answer.head), nil, nil, context)
        send(.body(.byteBuffer(answer.body)), nil, nil, context)
        send(.end(nil), nil, nil, context)
    }

    /// Sends a part of the first pending answer; `data` is the part as it arrived, if it did.
    private func send(
        _ part: HTTPServerResponsePart, _ data: NIOAny?, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext
    ) {
        guard let current = owed.first else {
            promise?.succeed()
            return
        }
        switch part {
        case .head(var head):
            isAnswering = true
            let isEndless = current.isHead && head.isOfEventStream
            guard current.closes || isEndless else { return context.write(data ?? wrapOutboundOut(part), promise: promise) }
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            // Otherwise the route would continue to write a body that is never sent, and its end would be encoded as an empty chunk.
            if isEndless { end(context) }
        case .body:
            if current.isHead { promise?.succeed() } else { context.write(data ?? wrapOutboundOut(part), promise: promise) }
        case .end:
            isAnswering = false
            owed.removeFirst()
            context.write(data ?? wrapOutboundOut(part), promise: promise)
            if current.closes { end(context) }
        }
    }

    /// Stops sending, and closes the connection once the client has had time to read.
    private func end(_ context: ChannelHandlerContext) {
        reading = .ended
        owed = []
        for part in held { part.promise?.succeed() }
        held = []
        context.flush()
        context.close(mode: .output, promise: nil)
        closeLater(context, in: Self.linger)
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    private func closeLater(_ context: ChannelHandlerContext, in delay: TimeAmount) {
        lingerTimer?.cancel()
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        lingerTimer = context.value.eventLoop.scheduleTask(in: delay) { context.value.close(promise: nil) }
    }
}
