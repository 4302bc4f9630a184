import NIOCore
import NIOHTTP1

/// That the body of a request was not complete at its deadline. It is answered 408, and the connection ends.
struct BodyTooLate: Error {}

/// Closes a connection that takes too long for a header, a body, or its next request; never one that waits for our answer.
///
/// A body that is late is passed on as `BodyTooLate`, so that its sender is told; the connection is closed a second later at most, unless an
/// answer to what was asked before is still owed.
///
/// One timer a connection: a deadline that moved is looked at when the timer goes off, so that a request schedules nothing. The first deadline begins
/// when the connection is accepted, so that a TLS handshake counts for it.
final class DeadlineWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let deadlines: ConnectionDeadlines
    private let counts: EdgeCounts
    private var deadline: NIODeadline?
    /// What is late when the deadline has passed.
    private var awaited = EdgeCounts.Event.headerTooLate
    private var requestsInFlight = 0
    /// Whether what was read last had a part of a request.
    private var hasParsed = false
    private var timer: Scheduled<Void>?
    /// Whether a body was late, so that nothing is awaited any more.
    private var hasCutOff = false
    /// Whether the connection was closed in a header or between requests: what the parser says of its end is no news.
    private var hasClosed = false

    init(_ deadlines: ConnectionDeadlines, counts: EdgeCounts) {
        self.deadlines = deadlines
        self.counts = counts
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.now + TimeAmount(deadlines.header)
        watch(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasParsed = true
        if hasCutOff { return context.fireChannelRead(data) }
        switch unwrapInboundIn(data) {
        case .head:
            requestsInFlight += 1
            deadline = context.eventLoop.now + TimeAmount(deadlines.body)
            awaited = .bodyTooLate
        case .body: break
        // An answer that did not wait for the body leaves nothing to be done but the next request.
        case .end: requestsInFlight > 0 ? deadline = nil : awaitNext(context)
        }
        context.fireChannelRead(data)
    }

    /// Bytes that come after a silence and are no request yet are the beginning of a header.
    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasParsed, awaited == .idle, deadline != nil {
            deadline = context.eventLoop.now + TimeAmount(deadlines.header)
            awaited = .headerTooLate
        }
        hasParsed = false
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !hasClosed { context.fireErrorCaught(error) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            // What could not be parsed is answered without having been counted.
            requestsInFlight = max(0, requestsInFlight - 1)
            // A body that is still coming after its answer keeps its own deadline.
            if requestsInFlight == 0, deadline == nil { awaitNext(context) }
        }
        context.write(data, promise: promise)
    }

    private func awaitNext(_ context: ChannelHandlerContext) {
        deadline = context.eventLoop.now + TimeAmount(deadlines.idle)
        awaited = .idle
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
        guard let deadline, deadline <= context.eventLoop.now else { return watch(context) }
        if hasCutOff {
            guard requestsInFlight > 1 else { return context.close(promise: nil) }
        } else {
            counts.add(awaited)
            // Who is answered already learns nothing from another answer.
            guard awaited == .bodyTooLate, requestsInFlight > 0 else {
                hasClosed = awaited != .bodyTooLate
                return context.close(promise: nil)
            }
            hasCutOff = true
            context.fireErrorCaught(BodyTooLate())
            guard context.channel.isActive else { return }
        }
        self.deadline = context.eventLoop.now + RequestGate.linger
        watch(context)
    }
}
