import NIOCore
import Synchronization

/// Closes a connection whose client takes too long to read what was sent. It is next to the network, so that it covers TLS too.
///
/// It does nothing as long as the system takes all output. Otherwise it appends an empty write, which completes only when everything before
/// it has been written.
final class WriteWatch: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Whether the connection was closed for this reason.
    let verdict = Verdict()
    private let timeout: TimeAmount
    private let counts: EdgeCounts
    private var timer: Scheduled<Void>?

    /// Whether the client read too slowly. It outlives the handler, which leaves the pipeline when the connection closes.
    final class Verdict: Sendable {
        private let state = Atomic(false)

        var isTooSlow: Bool { state.load(ordering: .relaxed) }
        fileprivate func set() { state.store(true, ordering: .relaxed) }
    }

    init(timeout: Duration, counts: EdgeCounts) {
        self.timeout = TimeAmount(timeout)
        self.counts = counts
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if timer == nil, !context.channel.isWritable { watch(context) }
    }

    private func watch(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((watch: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: timeout) { bound.value.watch.timeIsUp(bound.value.context) }
        let marker = context.eventLoop.makePromise(of: Void.self)
        marker.futureResult.whenComplete { _ in bound.value.watch.markerWritten(bound.value.context) }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: marker)
    }

    private func markerWritten(_ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if context.channel.isActive, !context.channel.isWritable { watch(context) }
    }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        guard timer != nil, context.channel.isActive else { return }
        counts.add(.answerNotTaken)
        verdict.set()
        context.close(promise: nil)
    }
}
