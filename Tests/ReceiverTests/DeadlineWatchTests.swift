import NIOCore
import NIOEmbedded
import NIOHTTP1
import Telemetry
import Testing

@testable import Receiver

@Suite("Deadlines of a connection")
struct DeadlineWatchTests {
    private static let request = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")

    /// The traffic on a connection before it goes quiet, and after how many seconds the connection is then closed; nil if it never is.
    enum Traffic: CaseIterable {
        case nothing, header, unanswered, answered, answeredEarly, answeredEarlyAndRead, answeredAndBegun

        var closesAfter: Int64? {
            switch self {
            case .nothing, .answeredAndBegun: 10
            case .header, .answeredEarly: 30
            case .unanswered: nil
            case .answered, .answeredEarlyAndRead: 60
            }
        }

        func pass(_ channel: EmbeddedChannel) throws {
            let answer: [HTTPServerResponsePart] = [.head(HTTPResponseHead(version: .http1_1, status: .ok)), .end(nil)]
            if self != .nothing { try channel.writeInbound(HTTPServerRequestPart.head(DeadlineWatchTests.request)) }
            if [.answeredEarly, .answeredEarlyAndRead].contains(self) { for part in answer { try channel.writeOutbound(part) } }
            if [.unanswered, .answered, .answeredEarlyAndRead, .answeredAndBegun].contains(self) {
                try channel.writeInbound(HTTPServerRequestPart.end(nil))
            }
            if [.answered, .answeredAndBegun].contains(self) { for part in answer { try channel.writeOutbound(part) } }
            // The first event completes the read of the answered request. The second follows bytes that are not yet a request.
            if self == .answeredAndBegun { for _ in 0..<2 { channel.pipeline.fireChannelReadComplete() } }
        }
    }

    @Test("A connection is closed at its deadline, but not while it waits for an answer", arguments: Traffic.allCases)
    func closes(_ traffic: Traffic) throws {
        let deadlines = ConnectionDeadlines(header: .seconds(10), body: .seconds(30), idle: .seconds(60))
        let metrics = PrometheusMetrics()
        let channel = EmbeddedChannel(handler: DeadlineWatch(deadlines, counts: EdgeCounts(metrics)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try traffic.pass(channel)
        let deadline = traffic.closesAfter ?? 1000
        // The timer may notice a deadline late, by up to the shortest deadline.
        channel.embeddedEventLoop.advanceTime(by: .seconds(deadline - 1))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(11))
        #expect(channel.isActive == (traffic.closesAfter == nil))
        let late: EdgeCounts.Event? = [10: .headerTooLate, 30: .bodyTooLate, 60: .idle][traffic.closesAfter ?? 0]
        var page = MetricsPage()
        metrics.write(to: &page)
        for event in EdgeCounts.Event.allCases {
            let (name, reason) = event.metric
            #expect(page.text.contains("\n\(name){reason=\"\(reason)\"} \(event == late ? 1 : 0)\n"))
        }
        _ = try? channel.finish()
    }
}
