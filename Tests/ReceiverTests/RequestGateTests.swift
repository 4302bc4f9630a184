import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Receiver

/// Feeds bytes into one connection in memory and records what reaches the routes; the test answers in place of the routes.
@Suite("The rules of HTTP/1 on a connection")
struct RequestGateTests {
    @Test(
        "An ambiguous request is refused, and the connection is closed",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET http://a HTTP/1.0\r\n\r\n", 400),
            ("GET / HTTP/3.7\r\nHost: a\r\n\r\n", 400), ("nonsense\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\n", 417),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: x\r\n", count: 200))\r\n", 431),
        ])
    func malformed(request: String, status: Int) throws {
        let connection = try Connection()
        try connection.receive(request)
        #expect(connection.requests.isEmpty)
        #expect(connection.sent.hasPrefix("HTTP/1.1 \(status) "))
        #expect(connection.sent.contains("Content-Type: application/problem+json\r\n"))
        #expect(connection.sent.contains("Connection: close\r\n"))
        #expect(connection.sent.contains(#""status":\#(status)"#))
        try connection.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.requests.isEmpty)
        #expect(!connection.isOpen(after: .seconds(1)))
    }

    @Test("A body with broken chunks is answered 400, whatever a route answers")
    func brokenChunks() throws {
        let connection = try Connection()
        try connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        #expect(connection.requests == ["POST /a"])
        connection.answer("500")
        #expect(connection.statuses == ["400"])
        #expect(!connection.isOpen(after: .seconds(1)))
    }

    @Test("Requests before a malformed one are answered first")
    func answersInOrder() throws {
        let connection = try Connection()
        try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        #expect(connection.statuses == [])
        connection.answer("200")
        #expect(connection.statuses == ["200", "400"])
    }

    @Test("An encoded body is answered 415, and the connection continues")
    func encoded() throws {
        let connection = try Connection()
        try connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz")
        #expect(connection.statuses == ["415"])
        #expect(connection.sent.contains("Accept-Encoding: identity\r\n"))
        try connection.receive("POST /b HTTP/1.1\r\nHost: a\r\nContent-Encoding: Identity\r\nContent-Length: 3\r\n\r\nxyz")
        #expect(connection.requests == ["POST /b"])
        #expect(connection.isOpen(after: .seconds(10)))
    }

    @Test("HEAD is passed on as GET and answered without the body, with its length")
    func head() throws {
        let connection = try Connection()
        try connection.receive("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.requests == ["GET /a"])
        connection.answer("200", body: "hello")
        #expect(connection.sent.hasSuffix("\r\n\r\n"))
        #expect(connection.sent.contains("Content-Length: 5\r\n"))
    }

    @Test(
        "A client that waits for 100 gets it if its body would be accepted",
        arguments: [("Content-Length: 100", true), ("Transfer-Encoding: chunked", true), ("Content-Length: 101", false)])
    func expect(length: String, isContinued: Bool) throws {
        let connection = try Connection(bodyLimit: 100)
        try connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\(length)\r\n\r\n")
        #expect((connection.sent == "HTTP/1.1 100 Continue\r\n\r\n") == isContinued)
        #expect(connection.requests == ["POST /a"])
    }

    @Test("A client that waits for 100 behind another request gets it when that one is answered, and not before")
    func expectInTurn() throws {
        let connection = try Connection()
        let waiting = "POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\r\n" + waiting)
        #expect(connection.statuses == [])
        connection.answer("200")
        #expect(connection.statuses == ["200", "100"])
    }

    @Test(
        "A client that already sends its body, is refused, or uses HTTP/1.0 gets no 100",
        arguments: [
            ("POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nx", ["200"]),
            ("POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Encoding: br\r\n\r\n", ["200", "415"]),
            ("POST /b HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", ["200"]),
        ])
    func expectNothing(request: String, statuses: [String]) throws {
        let connection = try Connection()
        try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\r\n" + request)
        connection.answer("200")
        #expect(connection.statuses == statuses)
    }

    @Test(
        "A request of HTTP/1.0, or one that asks for it, is answered and the connection closed",
        arguments: [
            "GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
        ])
    func closes(request: String) throws {
        let connection = try Connection()
        try connection.receive(request + request)
        #expect(connection.requests == ["GET /a"])
        connection.answer("200")
        connection.answer("200")
        #expect(connection.statuses == ["200"])
        #expect(connection.sent.contains("Connection: close\r\n"))
        #expect(!connection.isOpen(after: .seconds(1)))
    }

    @Test("A request above its address's rate gets a delayed 429 with Retry-After, and probes are exempt")
    func rate() throws {
        let connection = try Connection(limits: Edge.Limits(addressRate: 1), from: "192.0.2.1")
        for _ in 0..<2 {
            try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            connection.answer("200")
        }
        try connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyzGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.statuses == ["200", "200"])
        connection.answer("200")
        #expect(connection.isOpen(after: .milliseconds(RequestGate.pause.upperBound)))
        #expect(connection.statuses == ["200", "200", "429", "200"])
        #expect(connection.sent.contains("Retry-After: 1\r\n"))
    }

    @Test("With a trusted proxy the client's address is counted; the header of any other peer is ignored")
    func proxiedRate() throws {
        for (isTrusted, expected) in [(true, ["200", "200", "200"]), (false, ["200", "200"])] {
            let proxies = TrustedProxies(isTrusted ? ["192.0.2.1"].compactMap { AddressRange($0) } : [])
            let connection = try Connection(limits: Edge.Limits(addressRate: 1, trustedProxies: proxies), from: "192.0.2.1")
            for number in 1...3 {
                try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.\(number)\r\n\r\n")
                connection.answer("200")
            }
            #expect(connection.statuses == expected)
        }
    }

    @Test("Requests through a proxy on this machine are counted even if it names no client; this machine's own are not")
    func proxiedOnLoopback() throws {
        for (header, expected) in [("", 3), ("X-Forwarded-For: unknown\r\n", 2), ("X-Forwarded-For:\r\n", 2)] {
            let proxies = TrustedProxies(["127.0.0.1"].compactMap { AddressRange($0) })
            let connection = try Connection(limits: Edge.Limits(addressRate: 1, trustedProxies: proxies), from: "127.0.0.1")
            for _ in 1...3 {
                try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\(header)\r\n")
                connection.answer("200")
            }
            #expect(connection.statuses.count == expected, "\(header)")
        }
    }

    @Test("A target in absolute form is accepted if it names the same host, in any case", arguments: ["http://a", "HTTP://A"])
    func absoluteForm(origin: String) throws {
        let connection = try Connection()
        try connection.receive("GET \(origin):8000/x HTTP/1.1\r\nHost: a:8000\r\n\r\n")
        #expect(connection.requests.count == 1)
    }

    @Test("A route's 429 is delayed too, and so are the answers after it")
    func routesRate() throws {
        let connection = try Connection()
        try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.answer("429")
        connection.answer("200")
        #expect(connection.statuses == [])
        #expect(connection.isOpen(after: .milliseconds(RequestGate.pause.upperBound)))
        #expect(connection.statuses == ["429", "200"])
    }

    @Test("While an answer is outstanding, at most one more request is read")
    func backPressure() throws {
        let connection = try Connection()
        #expect(connection.reads(1) == 1)
        try connection.receive("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.reads(1) == 2)
        try connection.receive("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.reads(1) == 2)
        connection.answer("200")
        #expect(connection.reads(0) == 3)
    }

    @Test("Of thousands of requests that arrive at once a few are accepted; the next is refused, and the connection ends")
    func pipelined() throws {
        let connection = try Connection()
        try connection.receive(String(repeating: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", count: 3000))
        #expect(connection.requests.count == RequestGate.mostOwed)
        for _ in 0..<RequestGate.mostOwed { connection.answer("200") }
        #expect(connection.statuses == Array(repeating: "200", count: RequestGate.mostOwed) + ["503"])
        #expect(!connection.isOpen(after: .seconds(1)))
    }

    /// The gate between NIO's HTTP handlers and a recorder, on an embedded channel.
    private final class Connection {
        private let channel: EmbeddedChannel
        private let routes = Routes()
        private let network = ReadCount()
        private(set) var sent = ""

        init(limits: Edge.Limits = Edge.Limits(), bodyLimit: Int = 1000, from address: String = "127.0.0.1") throws {
            channel = EmbeddedChannel()
            channel.remoteAddress = try SocketAddress(ipAddress: address, port: 1)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(network)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: {
                    var limits = NIOHTTPDecoderLimitConfiguration()
                    limits.maxHeaderFieldSize = 16 << 10
                    limits.maxHeaderFieldCount = 100
                    return limits
                }())
            let rules = RequestRules(edge: Edge(limits), bodyLimit: bodyLimit)
            try pipeline.addHandlers([RequestGate(rules, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }), routes])
            try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
        }

        deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

        /// The requests that reached the routes: `GET /a`.
        var requests: [String] { routes.requests }

        var statuses: [String] { sent.matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.output.1) } }

        func receive(_ text: String) throws {
            // The embedded channel also throws the error of a malformed request.
            _ = try? channel.writeInbound(ByteBuffer(string: text))
            try collect()
        }

        /// Answers as a route would.
        func answer(_ status: String, body: String = "") {
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: Int(status) ?? 0),
                headers: ["Content-Length": "\(body.utf8.count)"])
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if !body.isEmpty { channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil) }
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
            try? collect()
        }

        func isOpen(after time: TimeAmount) -> Bool {
            channel.embeddedEventLoop.advanceTime(by: time)
            try? collect()
            return channel.isActive
        }

        /// How many reads reached the network, after this many more reads of the channel.
        func reads(_ asked: Int) -> Int {
            for _ in 0..<asked { channel.read() }
            return network.count
        }

        private func collect() throws {
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { sent += String(buffer: bytes) }
        }
    }

    private final class Routes: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        var requests: [String] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head(let head) = unwrapInboundIn(data) { requests.append("\(head.method.rawValue) \(head.uri)") }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }

    private final class ReadCount: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }
}
