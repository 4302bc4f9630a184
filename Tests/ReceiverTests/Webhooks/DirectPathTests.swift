import Journal
import Messaging
import NIOCore
import SwitchboardTesting
import Testing

@testable import Receiver

/// Sends bytes over one connection, with a real journal.
@Suite("Webhooks in front of the routes")
struct DirectPathTests {
    private let rig: TestReceiver
    private let connection: TestConnection

    init() async throws {
        rig = try TestReceiver()
        connection = try await TestConnection(rig)
    }

    @Test("A webhook is stored and answered without the routes, and the connection continues", arguments: [true, false], ["", "?a=b"])
    func taken(hasLength: Bool, query: String) async throws {
        for (count, id) in ["1", "1", "2"].enumerated() {
            await connection.receive(rig.request(Body.event(id), query: query, hasLength: hasLength))
            #expect(try await connection.statuses(count + 1).last == "200")
        }
        let sent = try await connection.sent()
        #expect(sent.matches(of: /\{"accepted":(\d),"duplicates":(\d)\}/).map { "\($0.output.1)\($0.output.2)" } == ["10", "01", "10"])
        #expect(sent.contains("Content-Type: application/json\r\n") && sent.contains("Content-Length: 29\r\n"))
        #expect(sent.contains(/Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/))
        #expect(connection.seen == [])
        #expect(try rig.file.counts() == [2, 0, 0, 0, 2])
        #expect(rig.edge.bodies.bytes == 0)
    }

    @Test("Requests that arrive together are answered in their order, by the direct path or by the routes")
    func mixed() async throws {
        let a = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
        await connection.receive(a + rig.request(Body.event("1")) + rig.request(Body.event("2")) + a + rig.request(Body.event("1")))
        #expect(connection.seen == ["GET /a", "end"])
        #expect(try await connection.statuses().isEmpty)
        try await connection.answer(204)
        #expect(try await connection.statuses(3) == ["204", "200", "200"])
        #expect(connection.seen == ["GET /a", "end", "GET /a", "end"])
        try await connection.answer(404)
        #expect(try await connection.statuses(5) == ["204", "200", "200", "404", "200"])
        #expect(try await connection.sent().hasSuffix(#"{"accepted":0,"duplicates":1}"#))
    }

    @Test("Requests behind a webhook that is being stored wait for its answer")
    func pending() async throws {
        try await rig.whileLocked {
            await connection.receive(rig.request(Body.event("1")) + "GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            await connection.receive("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(connection.seen == [])
            let statuses = try await connection.statuses()
            #expect(statuses == [])
        }
        #expect(try await connection.statuses(1) == ["200"])
        #expect(connection.seen == ["GET /a", "end", "GET /b", "end"])
    }

    @Test(
        "Requests that are not for webhooks reach the routes unchanged",
        arguments: [
            ("GET", "/webhooks/kiosk/lobby"), ("HEAD", "/webhooks/kiosk/lobby"), ("PUT", "/webhooks/kiosk/lobby"),
            ("POST", "/webhooks/kiosk/nobody"), ("POST", "/webhooks//kiosk/lobby"), ("POST", "/session/start"),
            ("POST", "http://localhost/webhooks/kiosk/lobby"),
        ])
    func others(method: String, target: String) async throws {
        await connection.receive("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nxyz")
        #expect(connection.seen == ["\(method == "HEAD" ? "GET" : method) \(target)", "3 bytes", "end"])
        try await connection.answer(200)
        #expect(try await connection.statuses() == ["200"])
        #expect(rig.edge.bodies.bytes == 0)
    }

    @Test("A request with a session's token goes to the routes")
    func token() async throws {
        let body = Body.event("1")
        let request = rig.unsigned(body, to: "/webhooks/chat/main", headers: ["X-Session-Token: abcdefgh"], hasLength: false)
        await connection.receive(request)
        #expect(connection.seen == ["POST /webhooks/chat/main", "\(body.utf8.count) bytes", "end"])
        try await connection.answer(401)
        #expect(try await connection.statuses() == ["401"])
        await connection.receive(rig.request(Body.event("2")))
        #expect(try await connection.statuses(2) == ["401", "200"])
    }

    @Test("A body that is too long goes to the routes: by its declared length, or as soon as it has grown too long")
    func long() async throws {
        let body = String(repeating: " ", count: LargeBodyExecutor.threshold)
        await connection.receive(String(rig.unsigned(body + " ", to: "/webhooks/kiosk/lobby").prefix(200)))
        #expect(connection.seen.first == "POST /webhooks/kiosk/lobby")
        let other = try await TestConnection(rig)
        let head = "POST /webhooks/kiosk/lobby HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        await other.receive(head + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n")
        #expect(other.seen == [])
        #expect(rig.edge.bodies.bytes == body.utf8.count)
        await other.receive("2\r\nab\r\n")
        await other.receive("1\r\nc\r\n0\r\n\r\n")
        #expect(other.seen == ["POST /webhooks/kiosk/lobby", "\(body.utf8.count) bytes", "2 bytes", "1 bytes", "end"])
        #expect(rig.edge.bodies.bytes == 0)
    }

    @Test(
        "A delivery that needs several transactions goes to the routes, which use the account's rate for it",
        arguments: [(1000, ["200"], 1), (1001, [], 2)])
    func manyItems(count: Int, statuses: [String], uses: Int) async throws {
        var account = Account(adapter: "counting", name: "main", secrets: [])
        account.rate = 1
        let endpoints = Endpoints([(account, CountingAdapter())])
        let receiver = Receiver(
            journal: rig.journal, endpoints: endpoints,
            configuration: Receiver.Configuration(clients: ClientKeys([], isOpen: true)), edge: rig.edge)
        let connection = try await TestConnection(receiver.directWebhooks, rig.edge)
        await connection.receive(rig.unsigned("\(count)", to: account.path))
        #expect(try await connection.statuses(statuses.count) == statuses)
        #expect(connection.seen == (statuses.isEmpty ? ["POST \(account.path)", "4 bytes", "end"] : []))
        #expect(rig.edge.bodies.bytes == 0)
        let rate = try #require(endpoints.all.first?.rate)
        // A burst is two seconds' worth; nothing is added at an earlier time.
        #expect((0..<5).count { _ in (try? rate.use(at: Instant(milliseconds: 0))) != nil } == uses)
    }

    @Test("A webhook with a wrong signature or body is answered with a problem, and the connection continues")
    func refused() async throws {
        await connection.receive(rig.unsigned(Body.event("1"), to: "/webhooks/kiosk/lobby"))
        await connection.receive(rig.request("{"))
        await connection.receive(rig.request(Body.event("2", phone: "no phone")))
        await connection.receive(rig.request(Body.event("3")))
        #expect(try await connection.statuses(4) == ["401", "400", "422", "200"])
        let sent = try await connection.sent()
        #expect(sent.matches(of: /Content-Type: application\/problem\+json\r\n/).count == 3)
        #expect(sent.contains(#""status":401"#) && sent.contains("data.phone"))
        #expect(connection.seen == [])
        #expect(rig.edge.bodies.bytes == 0)
        let page = try await rig.send("GET", "/metrics").text
        for (answer, status) in [("refused", "401"), ("refused", "400"), ("refused", "422"), ("accepted", "200")] {
            let labels = #"account="lobby",adapter="kiosk",answer="\#(answer)",status="\#(status)""#
            #expect(page.contains("switchboard_webhooks_total{\(labels)} 1\n"), "\(labels)")
        }
        #expect(page.contains(#"switchboard_webhook_acknowledgement_seconds_count{adapter="kiosk"} 1"#))
    }

    @Test("If the journal cannot store, the answer is 503 with Retry-After")
    func unavailable() async throws {
        try rig.journal.close()
        await connection.receive(rig.request(Body.event("1")))
        // The refusal is queued on the event loop, which sends it in its next turn.
        await connection.turn()
        #expect(try await connection.statuses(1) == ["503"])
        #expect(try await connection.sent().contains("Retry-After: 5\r\n"))
    }

    @Test("A webhook that was handed to the journal is stored and counted even if its sender has disconnected")
    func closed() async throws {
        try await rig.whileLocked {
            await connection.receive(rig.request(Body.event("1")) + rig.request(Body.event("2")))
            try await connection.close()
        }
        let counted = #"switchboard_webhooks_total{account="lobby",adapter="kiosk",answer="accepted",status="200"} 1"#
        try await waiting(for: "the delivery to be counted") {
            await connection.turn()
            return try await rig.send("GET", "/metrics").text.contains("\(counted)\n") ? () : nil
        }
        // The second request was not processed.
        #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
        #expect(rig.edge.bodies.bytes == 0)
        #expect(connection.seen == ["inactive"])
    }

    @Test("A body that ends early goes to the routes, which refuse it")
    func brokenOff() async throws {
        await connection.receive("POST /webhooks/kiosk/lobby HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        #expect(connection.seen == [])
        try await connection.close()
        #expect(connection.seen.prefix(2) == ["POST /webhooks/kiosk/lobby", "3 bytes"])
        #expect(connection.seen.last == "inactive" && !connection.seen.contains("end"))
        #expect(rig.edge.bodies.bytes == 0)
    }

    @Test("A shutdown, or the end of the sender's input, takes effect after the pending answer", arguments: [true, false])
    func ending(isShutdown: Bool) async throws {
        func end() async throws {
            if isShutdown {
                try await connection.happen(ChannelShouldQuiesceEvent())
            } else {
                try await connection.happen(ChannelEvent.inputClosed)
            }
        }
        try await rig.whileLocked {
            await connection.receive(rig.request(Body.event("1")))
            try await end()
            #expect(connection.seen == [])
        }
        #expect(try await connection.statuses(1) == ["200"])
        #expect(connection.seen == [isShutdown ? "quiesce" : "input closed"])
    }

    @Test("On a shutdown in the middle of a body the routes finish the request and then close the connection")
    func shutdownInBody() async throws {
        let request = rig.request(Body.event("1"))
        await connection.receive(String(request.dropLast(10)))
        try await connection.happen(ChannelShouldQuiesceEvent())
        await connection.receive(String(request.suffix(10)))
        let length = Body.event("1").utf8.count
        #expect(connection.seen == ["POST /webhooks/kiosk/lobby", "\(length - 10) bytes", "quiesce", "10 bytes", "end"])
    }

    @Test("A malformed request behind a webhook that is being stored is answered after it")
    func malformed() async throws {
        try await rig.whileLocked {
            await connection.receive(rig.request(Body.event("1")) + "nonsense\r\n\r\n")
            let statuses = try await connection.statuses()
            #expect(statuses == [])
            #expect(connection.seen == [])
        }
        #expect(try await connection.statuses(2) == ["200", "400"])
    }

    @Test("A webhook may be the last request of its connection, and its sender may wait for 100")
    func headers() async throws {
        let body = Body.event("1")
        let request = rig.request(body, headers: ["Expect: 100-continue", "Connection: close"])
        await connection.receive(String(request.dropLast(body.count)))
        #expect(try await connection.sent() == "HTTP/1.1 100 Continue\r\n\r\n")
        await connection.receive(body)
        #expect(try await connection.statuses(2) == ["100", "200"])
        #expect(try await connection.sent().contains("Connection: close\r\n"))
    }
}

/// Reads as many notices as the body says.
private struct CountingAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "counting", sender: .provider)

    init() {}
    init(account: Account) throws(AccountError) {}

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof { .signature }

    func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        (0..<(Int(String(decoding: delivery.body, as: UTF8.self)) ?? 0)).map {
            Event(externalID: "\($0)", channel: "counting", effect: .none, content: .notice(type: "t", data: "{}"))
        }
    }

    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] { [] }
}
