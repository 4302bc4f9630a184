import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection that takes too long for a header, a body, or its next request; never one that waits for our answer.
///
/// One timer a connection: a deadline that moved is looked at when the timer goes off, so that a request schedules nothing.
final class DeadlineWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let deadlines: ConnectionDeadlines
    private var deadline: NIODeadline?
    private var requestsInFlight = 0
    private var timer: Scheduled<Void>?

    init(_ deadlines: ConnectionDeadlines) { self.deadlines = deadlines }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.now + TimeAmount(deadlines.header)
        watch(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            requestsInFlight += 1
            deadline = context.eventLoop.now + TimeAmount(deadlines.body)
        case .body: break
        // An answer that did not wait for the body leaves nothing to be done but the next request.
        case .end: deadline = requestsInFlight > 0 ? nil : context.eventLoop.now + TimeAmount(deadlines.idle)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            requestsInFlight -= 1
            // A body that is still coming after its answer keeps its own deadline.
            if requestsInFlight == 0, deadline == nil { deadline = context.eventLoop.now + TimeAmount(deadlines.idle) }
        }
        context.write(data, promise: promise)
    }

    /// Wakes when the deadline is due, but no later than the shortest one that may take its place meanwhile.
    private func watch(_ context: ChannelHandlerContext) {
        let shortest = TimeAmount(min(deadlines.header, deadlines.body, deadlines.idle))
        let pause = min(deadline.map { $0 - context.eventLoop.now } ?? shortest, shortest)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        let watch = NIOLoopBound(self, eventLoop: context.value.eventLoop)
        timer = context.value.eventLoop.scheduleTask(in: max(pause, .milliseconds(1))) {
            watch.value.timerFired(context.value)
        }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        if let deadline, deadline <= context.eventLoop.now {
            context.close(promise: nil)
        } else {
            watch(context)
        }
    }
}
