import Foundation
import NIOCore

/// Admits connections on the listening channel, and pauses while the process or the machine lacks the resources for new ones.
final class AcceptGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = any Channel

    private let connections: ConnectionLimit
    private var isPaused = false

    /// How long no connection is accepted once resources have run out.
    private static let pause: TimeAmount = .milliseconds(50)

    init(_ connections: ConnectionLimit) { self.connections = connections }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let connection = unwrapInboundIn(data)
        guard connections.admit(connection) != .refused else { return connection.close(promise: nil) }
        context.fireChannelRead(data)
    }

    /// Does not pass the error on, since the server would then stop accepting for good. Without a pause the socket would stay readable, and
    /// the loop would try and fail to accept as fast as it can.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED].contains(code) else {
            return context.fireErrorCaught(error)
        }
        guard code != ECONNABORTED, !connections.ranOutOfDescriptors(), !isPaused else { return }
        setAccepting(false, context)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        let gate = NIOLoopBound(self, eventLoop: context.value.eventLoop)
        context.value.eventLoop.scheduleTask(in: Self.pause) {
            guard context.value.channel.isActive else { return }
            gate.value.setAccepting(true, context.value)
        }
    }

    private func setAccepting(_ isAccepting: Bool, _ context: ChannelHandlerContext) {
        isPaused = !isAccepting
        // If the channel has closed, its options can no longer be set, and need not be.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isAccepting)
    }
}
