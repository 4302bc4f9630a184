import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import JSON
import Journal
import Logging
import Messaging
import NIOPosix
import Receiver
import SwitchboardTesting
import Synchronization
import Testing

@Suite("Batches of very many items")
struct LargeBatchTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    private func zeros(_ count: Int) -> String { "0" + String(repeating: ",0", count: count - 1) }

    @Test("A client's batch above the limit is answered 413 with the limit, and nothing is kept", arguments: [1001, 500_000])
    func tooMany(count: Int) async throws {
        let answer = try await rig.post("/webhooks/kiosk/lobby", "[\(zeros(count))]")
        #expect(answer.status == 413)
        #expect(answer.problem == [])
        #expect(answer.json?["detail"].string?.contains("at most 1000") == true)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A batch with a session's token has the same limit")
    func token() async throws {
        let start = try await rig.start(#"{"phone":"+919876543210","channel":"chat"}"#)
        let token = try #require(start.json?["session_token"].string)
        #expect(try await rig.chat("[\(zeros(500_000))]", token: token).status == 413)
    }

    @Test("A batch of only wrong items lists fifty of its errors and the number of further ones")
    func allWrong() async throws {
        let answer = try await rig.post("/webhooks/kiosk/lobby", "[\(zeros(1000))]")
        #expect(answer.status == 422)
        #expect(answer.json?["errors"].count == 50)
        #expect(answer.json?["not_listed"].int == 950)
        #expect(answer.json?["detail"].string == "[0] must be an object; [1] must be an object; [2] must be an object; and 997 more")
        #expect(answer.text.utf8.count < 5000)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("One good item among many bad ones is stored with a hundred and one dead letters; the answer lists fifty")
    func oneGood() async throws {
        let batch = "[\(Body.event("1")),\((0..<900).map { #"{"id":"\#($0)"}"# }.joined(separator: ","))]"
        let answer = try await rig.post("/webhooks/kiosk/lobby", batch)
        #expect(answer.status == 200)
        #expect(answer.json?["accepted"].int == 1)
        #expect(answer.json?["rejected"].count == 50)
        #expect(answer.json?["not_listed"].int == 850)
        #expect(try rig.file.counts() == [1, 0, 0, 101, 1])
        // The same batch again stores nothing new.
        #expect(try await rig.post("/webhooks/kiosk/lobby", batch).json?["duplicates"].int == 1)
        #expect(try rig.file.counts() == [1, 0, 0, 101, 1])
    }

    @Test("If there are only a few errors, all are listed")
    func few() async throws {
        let answer = try await rig.post("/webhooks/kiosk/lobby", "[\(zeros(3))]")
        #expect(answer.json?["errors"].count == 3)
        #expect(answer.json?["not_listed"].int == nil)
    }

    @Test("No item of a provider's batch is lost, however many there are")
    func provider() async throws {
        let statuses = (1...5000).map { #"{"id":"\#($0)","status":"read","timestamp":"1795370399"}"# }.joined(separator: ",")
        let value = #"{"statuses":[\#(zeros(20_000)),\#(statuses)]}"#
        let body = #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\#(value)}]}]}"#
        let answer = try await rig.post("/webhooks/whatsapp-cloud/main", body)
        #expect(answer.status == 200)
        #expect(answer.json?["accepted"].int == 5000)
        #expect(try rig.file.counts() == [0, 5000, 0, 2, 1])
        #expect(try rig.file.bytes("SELECT body FROM deliveries") == Array(body.utf8))
    }

    @Test("The size of a start's body is limited, and so is the total of its session's metadata")
    func start() async throws {
        func start(_ rest: String) async throws -> Answer {
            try await rig.start(#"{"phone":"+919876543210","channel":"chat"\#(rest)}"#)
        }
        #expect(try await start(#","x":"\#(String(repeating: "a", count: 70_000))""#).status == 413)
        var last = try await start("")
        for number in 0..<20 where last.status < 300 {
            last = try await start(#","metadata":{"k\#(number)":"\#(String(repeating: "a", count: 1000))"}"#)
        }
        #expect(last.status == 422)
        #expect(last.problem?.count == 1 && last.problem?.first?.hasPrefix("metadata would have more than 16384 bytes") == true)
        #expect(try await start("").status == 200)
        #expect(
            try await start(#","metadata":\#(String(repeating: #"{"a":"#, count: 200))1\#(String(repeating: "}", count: 200))"#).status
                == 400)
    }

    @Test(
        "A phone of 80,000 digits and one of 8,000 spaces are refused by their field",
        arguments: ["/webhooks/kiosk/lobby", "/session/start"])
    func phones(path: String) async throws {
        for phone in [String(repeating: "9", count: 80_000), "+91" + String(repeating: " ", count: 8000)] {
            let isStart = path == "/session/start"
            let answer =
                isStart
                ? try await rig.start(#"{"phone":"\#(phone.prefix(60_000))","channel":"chat"}"#)
                : try await rig.post(path, Body.event("1", phone: phone))
            #expect(answer.status == 422)
            #expect(answer.json?["errors"][0]["field"].string == (isStart ? "phone" : "data.phone"))
        }
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("Metrics count dead letters and delayed work")
    func metrics() async throws {
        _ = try await rig.post("/webhooks/kiosk/lobby", "[\(Body.event("1")),0]")
        let page = try await rig.send("GET", "/metrics").text
        for line in [
            "switchboard_dead_letters 1", "switchboard_dead_letters_dropped_total 0", "switchboard_loop_blocked_total 0",
            "switchboard_writer_blocked 0",
        ] { #expect(page.contains("\n\(line)\n")) }
    }
}

@Suite("A large body")
struct LargeBodyTests {
    @Test("While a large body is read, small ones are answered on the same event loop")
    func aside() async throws {
        let folder = try TemporaryFolder()
        let journal = try Journal(
            Journal.Configuration(path: "\(folder.path)/journal.sqlite", minimumFreeSpace: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let account = Account(adapter: "slow", name: "main", secrets: [])
        let adapter = SlowAdapter()
        let edge = Edge()
        let receiver = Receiver(
            journal: journal, endpoints: Endpoints([(account, adapter)]),
            configuration: Receiver.Configuration(clients: ClientKeys([], isOpen: true)), edge: edge)
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = Application(
            router: receiver.makeRouter(),
            server: .gateway(ConnectionDeadlines(), edge: edge, bodyLimit: 4 << 20, webhooks: receiver.directWebhooks),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)), eventLoopGroupProvider: .shared(loops),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await server.test(.live) { client in
            // Each request has its own transport: with one, the second request would wait until the transport knows whether the first
            // connection can carry both.
            let transports = try [HTTPTransport(), HTTPTransport()]
            defer { for transport in transports { transport.shutdown() } }
            let url = "http://127.0.0.1:\(client.port ?? 0)\(account.path)"
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    try await transports[0].send(OutgoingRequest(method: "POST", url: url, body: [UInt8](repeating: 0x20, count: 100_000)))
                        .status
                }
                while !adapter.isReading { try await Task.sleep(for: .milliseconds(5)) }
                // The large body is read until the small one arrives. If it were read on the event loop, the small one would have to wait
                // for it.
                #expect(try await transports[1].send(OutgoingRequest(method: "POST", url: url, body: Array("{}".utf8))).status == 200)
                #expect(adapter.sawSmallInTime)
                #expect(try await group.next() == 200)
            }
        }
        try await loops.shutdownGracefully()
        try journal.close()
    }
}

/// Reads a large body until a small one has arrived.
private final class SlowAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "slow", sender: .provider)
    private let state = Mutex((isReading: false, sawSmall: false, gaveUp: false))

    init() {}
    init(account: Account) throws(AccountError) {}

    var isReading: Bool { state.withLock { $0.isReading } }
    var sawSmallInTime: Bool { state.withLock { $0.sawSmall && !$0.gaveUp } }

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof { .signature }

    func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        if delivery.body.count < 1000 {
            state.withLock { $0.sawSmall = true }
        } else {
            state.withLock { $0.isReading = true }
            let start = ContinuousClock.now
            while !state.withLock({ $0.sawSmall }), ContinuousClock.now - start < .seconds(600) { usleep(1000) }
            state.withLock { $0.gaveUp = !$0.sawSmall }
        }
        return [Event(externalID: "\(delivery.body.count)", channel: "slow", effect: .none, content: .notice(type: "t", data: "{}"))]
    }

    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] { [] }
}
