import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Journal
import Logging
import Messaging
import NIOCore
import Receiver
import SwitchboardTesting
import Testing

@Suite("Answers in a provider's own form")
struct ReplyTests {
    @Test(
        "An adapter answers a delivery with its own status, media type and body",
        arguments: [
            ("new", 1, "201 application/xml <accepted>1</accepted><duplicates>0</duplicates><rejected>0</rejected>"),
            ("new", 2, "201 application/xml <accepted>0</accepted><duplicates>1</duplicates><rejected>0</rejected>"),
            ("unreadable", 1, "201 application/xml <accepted>0</accepted><duplicates>0</duplicates><rejected>1</rejected>"),
            ("silent", 1, "204 - "), ("plain", 1, #"200 application/json {"accepted":3,"duplicates":0}"#),
        ])
    func own(body: String, times: Int, expected: String) async throws {
        var answer = ""
        for _ in 0..<times { answer = try await send(.post, body) }
        #expect(answer == expected)
    }

    @Test(
        "Beside an adapter's answer a header has the counts of our own format",
        arguments: [("new", "accepted=1, duplicates=0, rejected=0"), ("silent", "accepted=2, duplicates=0, rejected=0"), ("plain", nil)])
    func told(body: String, outcome: String?) async throws {
        let response = try await respond(.post, body)
        let name = try #require(HTTPField.Name(DeliveryOutcome.header))
        #expect(response.headers[name] == outcome)
        if let outcome { #expect(DeliveryOutcome(header: outcome).description == outcome) }
    }

    @Test("Refusals are answered in our own format")
    func refused() async throws {
        #expect(try await send(.post, "forged").hasPrefix("401 application/problem+json {"))
    }

    @Test("The challenge of a handshake has the media type that the adapter gives it")
    func handshake() async throws {
        #expect(try await send(.get, "") == #"200 application/json {"challenge":1}"#)
    }

    private let folder: TemporaryFolder
    private let router: Router<BasicRequestContext>
    private let journal: Journal

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(
            Journal.Configuration(path: "\(folder.path)/journal.sqlite", minimumFreeSpace: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let account = Account(adapter: "answering", name: "main", secrets: [])
        router = Receiver(
            journal: journal, endpoints: Endpoints([(account, try AnsweringAdapter(account: account))]),
            configuration: Receiver.Configuration(clients: ClientKeys([], isOpen: true))
        ).makeRouter()
    }

    private func respond(_ method: HTTPRequest.Method, _ body: String) async throws -> TestResponse {
        try await Application(router: router).test(.router) { client in
            try await client.execute(uri: "/webhooks/answering/main", method: method, body: ByteBuffer(string: body))
        }
    }

    private func send(_ method: HTTPRequest.Method, _ body: String) async throws -> String {
        let response = try await respond(method, body)
        return "\(response.status.code) \(response.headers[.contentType] ?? "-") \(String(buffer: response.body))"
    }
}

/// Answers with XML, with 204, or in our own format, depending on the number of items in the body.
private struct AnsweringAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "answering", sender: .provider)

    init(account: Account) throws(AccountError) {}

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        if delivery.body == Array("forged".utf8) { throw AuthenticationError(.missing, header: "x-signature") }
        return .signature
    }

    func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        let text = String(decoding: delivery.body, as: UTF8.self)
        guard text != "unreadable" else { throw PayloadError(.malformed, reason: "cannot be read") }
        // An adapter decides its answer only by the number of items.
        let count = ["silent": 2, "plain": 3][text] ?? 1
        return (0..<count).map {
            Event(externalID: "\($0)", channel: "answering", effect: .none, content: .notice(type: "t", data: "{}"))
        }
    }

    func reply(to outcome: DeliveryOutcome) -> DeliveryReply? {
        if outcome.accepted == 2 { return DeliveryReply(status: 204) }
        if outcome.accepted == 3 { return nil }
        return DeliveryReply(
            status: 201, contentType: "application/xml",
            body:
                "<accepted>\(outcome.accepted)</accepted><duplicates>\(outcome.duplicates)</duplicates><rejected>\(outcome.rejected)</rejected>"
        )
    }

    func handshake(_ request: Delivery) -> HandshakeReply? { .challenge(#"{"challenge":1}"#, contentType: "application/json") }
    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] { [] }
}
