import NIOCore
import NIOHTTP1

/// The body of a request was not complete at its deadline. The answer is 408, and the connection ends.
struct BodyTooLate: Error {}

/// Closes a connection that takes too long for a header, a body, or its next request, but never one that waits for our answer.
///
/// A late body is passed on as `BodyTooLate`, so that its sender gets an answer; the connection is closed at most a second later, unless an
/// answer to an earlier request is still pending.
///
/// There is one timer per connection. A request only moves the deadline, which is checked when the timer fires. The first deadline starts
/// when the connection is accepted, so it includes the TLS handshake.
final class DeadlineWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let deadlines: ConnectionDeadlines
    private let counts: EdgeCounts
    private var deadline: NIODeadline?
    /// What is late if the deadline has passed.
    private var awaited = EdgeCounts.Event.headerTooLate
    private var requestsInFlight = 0
    /// Whether the last read contained part of a request.
    private var hasParsed = false
    private var timer: Scheduled<Void>?
    /// Whether a body was late, after which nothing more is awaited.
    private var hasCutOff = false
    /// Whether the connection was closed within a header or between requests, so that the parser's error about its end is dropped.
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
        // If the answer did not wait for the body, only the next request is awaited.
        case .end: requestsInFlight > 0 ? deadline = nil : awaitNext(context)
        }
        context.fireChannelRead(data)
    }

    /// Bytes after an idle period that are not yet a request are the start of a header.
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
            // A request that could not be parsed is answered without having been counted.
            requestsInFlight = max(0, requestsInFlight - 1)
            // A body that is still arriving after its answer keeps its own deadline.
            if requestsInFlight == 0, deadline == nil { awaitNext(context) }
        }
        context.write(data, promise: promise)
    }

    private func awaitNext(_ context: ChannelHandlerContext) {
        deadline = context.eventLoop.now + TimeAmount(deadlines.idle)
        awaited = .idle
    }

    /// Schedules the timer for the deadline, but no later than the shortest deadline that may replace it in the meantime.
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
            // If the request has been answered already, the client would learn nothing from another answer.
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
