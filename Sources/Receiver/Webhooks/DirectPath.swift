import Hummingbird
import Journal
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import Spans

/// Accepts webhooks before they reach Hummingbird: authenticates and reads them on the event loop, hands them to the journal's writer, and
/// answers once they are durable, without a task, a router or an await.
///
/// It accepts a request only if all earlier ones are answered, and holds what follows until the request is answered, so that answers keep
/// the order of the requests. Until a request is handed to the journal or refused, it can be passed on to the routes unchanged. This
/// happens whenever the routes are needed: for a long body, a token to look up, a body that ends early, or a shutdown.
final class DirectPath: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let webhooks: DirectWebhooks
    /// Delivers the journal's answers on the connection's event loop.
    private let answers: EventLoopExecutor
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var caller: Caller?

    /// A webhook whose body is being read.
    private struct Gathered {
        let webhook: AccountWebhook
        let head: HTTPRequestHead
        /// When the head came; nil without tracing.
        let arrival: Spans.Time?
        var body: [UInt8] = []
    }

    private enum Inbound {
        case part(HTTPServerRequestPart)
        case event(Any)
        case error(any Error)
    }

    private var gathered: Gathered?
    /// Whether the journal has a webhook that is not yet answered.
    private var isStoring = false
    /// The number of pending answers of the routes.
    private var owedByRoutes = 0
    /// Input that has to wait until an earlier request is answered.
    private var held = CircularBuffer<Inbound>(initialCapacity: 4)

    init(_ webhooks: DirectWebhooks, answers: EventLoopExecutor, logger: Logger) {
        self.webhooks = webhooks
        self.answers = answers
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        caller = Caller(context.channel.remoteAddress.flatMap { IPAddress($0) }, behind: webhooks.proxies)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        held = []
        if let gathered { webhooks.bodies.release(gathered.body.count) }
        gathered = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard held.isEmpty, mayTake(part) else { return held.append(.part(part)) }
        take(part, data, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard held.isEmpty, !isStoring else { return held.append(.event(event)) }
        take(event: event, context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard held.isEmpty, !isStoring else { return held.append(.error(error)) }
        take(error: error, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = []
        passOn(context)
        context.fireChannelInactive()
    }

    /// Processes held input, as far as it may be processed now.
    private func proceed(_ context: ChannelHandlerContext) {
        guard !held.isEmpty, !isStoring else { return }
        while !isStoring, let next = held.first {
            if case .part(let part) = next, !mayTake(part) { break }
            held.removeFirst()
            switch next {
            case .part(let part): take(part, nil, context)
            case .event(let event): take(event: event, context)
            case .error(let error): take(error: error, context)
            }
        }
        // The routes process what was passed on when a read is complete.
        context.fireChannelReadComplete()
    }

    private func mayTake(_ part: HTTPServerRequestPart) -> Bool {
        if isStoring { return false }
        guard owedByRoutes > 0, case .head(let head) = part else { return true }
        return webhooks.webhook(for: head) == nil
    }

    /// `data` is the part as it arrived, if it did: passing it on costs less than wrapping it again.
    private func take(_ part: HTTPServerRequestPart, _ data: NIOAny?, _ context: ChannelHandlerContext) {
        if gathered != nil {
            switch part {
            case .body(let bytes) where gather(bytes): return
            case .end where store(context): return
            default: passOn(context)
            }
        } else if case .head(let head) = part {
            // While answers of the routes are pending, this is not a webhook, which would be held.
            if owedByRoutes == 0, let webhook = webhooks.webhook(for: head) {
                gathered = Gathered(webhook: webhook, head: head, arrival: webhooks.isTraced ? Spans.now : nil)
                return
            }
            owedByRoutes += 1
        }
        context.fireChannelRead(data ?? wrapInboundOut(part))
    }

    private func take(event: Any, _ context: ChannelHandlerContext) {
        passOn(context)
        context.fireUserInboundEventTriggered(event)
    }

    private func take(error: any Error, _ context: ChannelHandlerContext) {
        passOn(context)
        context.fireErrorCaught(error)
    }

    /// Adds to the body; false if the body is too long for this path, or if all bodies together are.
    private func gather(_ bytes: ByteBuffer) -> Bool {
        let length = bytes.readableBytes
        guard let count = gathered?.body.count, count + length <= webhooks.bodyLimit, webhooks.bodies.take(length) else { return false }
        gathered?.body.append(contentsOf: bytes.readableBytesView)
        return true
    }

    /// Passes the gathered part of a request on to the routes; its other parts follow as they arrive.
    private func passOn(_ context: ChannelHandlerContext) {
        guard let request = gathered else { return }
        gathered = nil
        webhooks.bodies.release(request.body.count)
        owedByRoutes += 1
        context.fireChannelRead(wrapInboundOut(.head(request.head)))
        guard !request.body.isEmpty else { return }
        context.fireChannelRead(wrapInboundOut(.body(ByteBuffer(bytes: request.body))))
    }

    // MARK: Deliveries

    /// A delivery that was handed to the journal or refused.
    private struct Taken {
        let webhook: AccountWebhook
        let delivery: Delivery
        var events: [Event] = []
        /// Identifies the client if the delivery is refused.
        let head: HTTPRequestHead
        /// When its body had been read.
        let start: ContinuousClock.Instant
        /// Nil without tracing.
        var span: DeliverySpan?
    }

    /// Authenticates and reads the gathered request, and hands it to the journal or refuses it; false if the routes must handle it.
    private func store(_ context: ChannelHandlerContext) -> Bool {
        guard let request = gathered else { return false }
        let webhook = request.webhook
        let delivery = webhook.delivery(request.head, body: request.body)
        var taken = Taken(webhook: webhook, delivery: delivery, head: request.head, start: .now)
        var steps = request.arrival.map { DeliverySteps(since: $0) }
        do {
            steps?.next("authenticate")
            // Only the routes can look up a token.
            guard try webhook.prove(delivery) == .signature else { return false }
            steps?.next(nil)
            try webhook.useRate()
            steps?.next("read")
            taken.events = try webhook.read(delivery)
            steps?.next(nil)
            // More items are stored in several transactions.
            guard taken.events.count <= Journal.mostItemsTogether else {
                webhook.undoUseOfRate()
                return false
            }
            taken.span = steps?.begin(webhooks.requests, request.head, webhook, items: taken.events.count)
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            let submitted = taken
            try webhook.journal.submit(delivery, taken.events, answeringInto: answers) { result in bound.value.stored(submitted, result) }
            gathered = nil
            isStoring = true
        } catch {
            gathered = nil
            steps?.fail(error)
            if let span = taken.span {
                span.committed(webhooks.requests.spans, error: error)
            } else {
                taken.span = steps?.begin(webhooks.requests, request.head, webhook, items: taken.events.count)
            }
            refuse(taken, error)
        }
        return true
    }

    private func stored(_ taken: Taken, _ result: Result<AcceptOutcome, JournalError>) {
        isStoring = false
        if let span = taken.span {
            span.committed(webhooks.requests.spans, error: result.failure)
            span.during { conclude(taken, result) }
        } else {
            conclude(taken, result)
        }
        if let context { proceed(context) }
    }

    private func conclude(_ taken: Taken, _ result: Result<AcceptOutcome, JournalError>) {
        do {
            answer(taken, try taken.webhook.answer(to: try result.get(), of: taken.delivery, taken.events, since: taken.start))
        } catch { refuse(taken, error) }
    }

    private func refuse(_ taken: Taken, _ error: any Error) {
        let problem = Problem(error).identified()
        taken.webhook.keepRefused(taken.delivery, error)
        taken.webhook.refused(problem)
        let log = { problem.log(error, route: taken.webhook.path, from: self.caller?.address(taken.head.headers), to: self.logger) }
        if let span = taken.span { span.during(log) } else { log() }
        answer(taken, problem.answer)
    }

    /// Sends an answer if the connection still exists, and releases the memory of the body.
    private func answer(_ taken: Taken, _ answer: Answer) {
        webhooks.bodies.release(taken.delivery.body.count)
        taken.span?.end(status: answer.status.code)
        guard let context else { return }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        if answer.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    // MARK: The routes' answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { owedByRoutes = max(0, owedByRoutes - 1) }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if owedByRoutes == 0 { proceed(context) }
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
