import Messaging
import NIOCore

/// The connection of a request, for an answer that has no end of its own.
struct OpenConnection: Sendable {
    /// The connection whose request the task answers; nil in a test without a connection.
    @TaskLocal static var current: OpenConnection?

    private let channel: any NIOCore.Channel

    init(_ channel: any NIOCore.Channel) { self.channel = channel }

    /// The connection's verdict, also available after it was closed, on whether its client read too slowly; nil if it has no `WriteWatch`.
    func verdict() async -> WriteWatch.Verdict? {
        let channel = channel
        return try? await channel.eventLoop.submit { try channel.pipeline.syncOperations.handler(type: WriteWatch.self).verdict }.get()
    }

    /// Waits on the connection's own event loop, which costs no change of threads. Does not react to cancellation.
    func pause(for time: Duration) async { try? await channel.eventLoop.scheduleTask(in: TimeAmount(time)) {}.futureResult.get() }

    /// Closes the connection, even if its client does not read; output that the system has not sent yet is lost.
    func close() { channel.close(promise: nil) }

    /// Closes the connection after a delay in which the client can read the end of the answer.
    func close(in delay: TimeAmount) {
        let channel = channel
        _ = channel.eventLoop.scheduleTask(in: delay) { channel.close(promise: nil) }
    }

    /// Closes the connection half a second later if its client does not read. Otherwise the client is given up to fifteen seconds for the
    /// end of the answer, which a busy gateway may write late, and which closes the connection by itself.
    func closeUnlessRead() { closeUnlessRead(looks: Self.mostLooks) }

    private static let timeOfLook = TimeAmount.milliseconds(500)
    private static let mostLooks = 30

    private func closeUnlessRead(looks: Int) {
        let channel = channel
        _ = channel.eventLoop.scheduleTask(in: Self.timeOfLook) {
            guard channel.isActive else { return }
            guard channel.isWritable, looks > 1 else { return channel.close(promise: nil) }
            closeUnlessRead(looks: looks - 1)
        }
    }
}
