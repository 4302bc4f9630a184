import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Receiver

@Suite("Deadlines of a connection")
struct DeadlineWatchTests {
    private static let request = HTTPRequest(method: .post, scheme: "http", authority: "h", path: "/")

    /// What comes and goes before nothing more does, and after how many seconds the connection is closed; nil for never.
    enum Traffic: CaseIterable {
        case nothing, header, unanswered, answered, answeredEarly, answeredEarlyAndRead

        var closesAfter: Int64? {
            switch self {
            case .nothing: 10
            case .header, .answeredEarly: 30
            case .unanswered: nil
            case .answered, .answeredEarlyAndRead: 60
            }
        }

        func pass(_ channel: EmbeddedChannel) throws {
            let answer: [HTTPResponsePart] = [.head(HTTPResponse(status: .ok)), .end(nil)]
            if self != .nothing { try channel.writeInbound(HTTPRequestPart.head(DeadlineWatchTests.request)) }
            if [.answeredEarly, .answeredEarlyAndRead].contains(self) { for part in answer { try channel.writeOutbound(part) } }
            if [.unanswered, .answered, .answeredEarlyAndRead].contains(self) { try channel.writeInbound(HTTPRequestPart.end(nil)) }
            if self == .answered { for part in answer { try channel.writeOutbound(part) } }
        }
    }

    @Test("A connection is closed at its deadline, and not while it waits for us", arguments: Traffic.allCases)
    func closes(_ traffic: Traffic) throws {
        let deadlines = ConnectionDeadlines(header: .seconds(10), body: .seconds(30), idle: .seconds(60))
        let channel = EmbeddedChannel(handler: DeadlineWatch(deadlines))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try traffic.pass(channel)
        let deadline = traffic.closesAfter ?? 1000
        // The timer may look at a deadline as much later as the shortest of them is long.
        channel.embeddedEventLoop.advanceTime(by: .seconds(deadline - 1))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(channel.isActive == (traffic.closesAfter == nil))
        _ = try? channel.finish()
    }
}
