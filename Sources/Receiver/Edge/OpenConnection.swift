import Messaging
import NIOCore

/// The connection of a request, for an answer that has no end of its own.
struct OpenConnection: Sendable {
    /// The connection whose request the task answers; nil in a test without one.
    @TaskLocal static var current: OpenConnection?

    private let channel: any NIOCore.Channel

    init(_ channel: any NIOCore.Channel) { self.channel = channel }

    /// Tells, also after the connection was closed, whether its client read too slowly; nil if nothing watches it.
    func verdict() async -> WriteWatch.Verdict? {
        let channel = channel
        return try? await channel.eventLoop.submit { try channel.pipeline.syncOperations.handler(type: WriteWatch.self).verdict }.get()
    }

    /// Closes it, even if its client does not read; what the system has not sent yet is lost.
    func close() { channel.close(promise: nil) }

    /// The same, after a time for the client to read the end.
    func close(in delay: TimeAmount) {
        let channel = channel
        _ = channel.eventLoop.scheduleTask(in: delay) { channel.close(promise: nil) }
    }
}
