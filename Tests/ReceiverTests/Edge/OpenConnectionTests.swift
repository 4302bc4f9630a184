import NIOCore
import NIOEmbedded
import Testing

@testable import Receiver

@Suite("Closing a connection whose stream ends")
struct OpenConnectionTests {
    private let channel = EmbeddedChannel()

    init() throws { try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait() }

    /// Whether the connection is open this long after the beginning of the close.
    private func isOpen(after time: TimeAmount) -> Bool {
        channel.embeddedEventLoop.advanceTime(by: time)
        return channel.isActive
    }

    @Test("A client that does not read is closed half a second later")
    func unread() {
        channel.isWritable = false
        OpenConnection(channel).closeUnlessRead()
        #expect(isOpen(after: .milliseconds(499)))
        #expect(!isOpen(after: .milliseconds(1)))
    }

    @Test("A client that reads has fifteen seconds for the end of its stream, unless it stops reading")
    func read() {
        OpenConnection(channel).closeUnlessRead()
        #expect(isOpen(after: .milliseconds(14_999)))
        #expect(!isOpen(after: .milliseconds(1)))
    }

    @Test("A client that stops reading meanwhile is closed within half a second")
    func stops() {
        OpenConnection(channel).closeUnlessRead()
        #expect(isOpen(after: .seconds(5)))
        channel.isWritable = false
        #expect(!isOpen(after: .milliseconds(500)))
    }
}
