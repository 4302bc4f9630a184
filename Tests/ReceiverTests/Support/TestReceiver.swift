import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Journal
import Logging
import Messaging
import NIOCore
import Receiver
import Spans
import SwitchboardApp
import SwitchboardTesting
import Telemetry

/// A receiver over a temporary journal, with a clock that stands still. Requests reach it in memory.
final class TestReceiver: Sendable {
    let clock = ManualClock()
    let journal: Journal
    let file: JournalFile
    /// The path of the file, so that another process can open it.
    let path: String
    /// The limits and metrics that the routes and the direct path share.
    let edge: Edge
    let directWebhooks: DirectWebhooks
    private let folder: TemporaryFolder
    /// Logs requests; nil leaves that to Hummingbird.
    private let logger: Logger?
    private let adapters: [String: any ChannelAdapter]
    private let responder: RouterResponder<BasicRequestContext>

    static let secret = "whsec_c2l4IHRpbWVzIGZvdXIgbWFrZXMgMjQh"

    init(
        clients: ClientKeys = ClientKeys([], isOpen: true), bodyLimit: Int = 4 << 20, minimumFreeSpace: Int64 = 0,
        keepRefused: Bool = false, operators: OperatorTokens = OperatorTokens(),
        persistence: PersistenceProbe? = nil, log: LogProbe? = nil, logger: Logger? = nil, traffic: AccountTraffic = AccountTraffic(),
        spans: Spans = .off
    ) throws {
        self.logger = logger
        let metrics = PrometheusMetrics()
        folder = try TemporaryFolder()
        path = "\(folder.path)/journal.sqlite"
        file = JournalFile(path: path)
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        journal = try Journal(
            Journal.Configuration(
                path: path, adapters: AdapterRegistry.shipped.traits, minimumFreeSpace: minimumFreeSpace, keepRefused: keepRefused),
            metrics: metrics, logger: silent, now: clock.source)
        let configured = try TestReceiver.accounts.map { account in
            (account: account, adapter: try AdapterRegistry.shipped.makeAdapter(for: account))
        }
        adapters = Dictionary(uniqueKeysWithValues: configured.map { ($0.account.path, $0.adapter) })
        edge = Edge(metrics: metrics, spans: spans, logger: logger ?? silent)
        let receiver = Receiver(
            journal: journal, endpoints: Endpoints(configured),
            configuration: Receiver.Configuration(bodyLimit: bodyLimit, clients: clients, operators: operators), persistence: persistence,
            log: log, edge: edge, traffic: traffic, now: clock.source)
        directWebhooks = receiver.directWebhooks
        responder = receiver.makeRouter().buildResponder()
    }

    deinit { try? journal.close() }

    /// An account of each shipped adapter, named as in the captures.
    private static var accounts: [Account] {
        AdapterRegistry.shipped.traits.map { traits in
            Account(
                adapter: traits.kind, name: traits.development?.name ?? "main", secrets: [Secret(secret)], verifyToken: Secret("verify me"))
        }
    }

    /// Sends a request; with `isStreamed` it does not announce the length of its body. `host` is the Host header.
    func send(
        _ method: String, _ target: String, headers: [Delivery.Header] = [], body: [UInt8]? = nil, isStreamed: Bool = false,
        host: String? = "localhost"
    ) async throws -> Answer {
        let front = CallbackResponder<BasicRequestContext> { [responder] request, context in
            var head = request.head
            head.authority = host
            if isStreamed { head.headerFields[.contentLength] = nil }
            return try await responder.respond(to: Request(head: head, body: request.body), context: context)
        }
        var fields = HTTPFields()
        for header in headers where !["host", "content-length"].contains(header.name) {
            if let name = HTTPField.Name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
        }
        guard let method = HTTPRequest.Method(method) else { throw Unexpected(what: "no method: \(method)") }
        let sent = fields
        let application = logger.map { Application(responder: front, logger: $0) } ?? Application(responder: front)
        let response = try await application.test(.router) { client in
            try await client.execute(uri: target, method: method, headers: sent, body: body.map { ByteBuffer(bytes: $0) })
        }
        return Answer(response)
    }

    /// Posts a webhook, signed at the clock's time.
    func post(_ path: String, _ body: [UInt8], type: String = "application/json", isStreamed: Bool = false) async throws -> Answer {
        let headers = [Delivery.Header("content-type", type)] + signature(path, body)
        return try await send("POST", path, headers: headers, body: body, isStreamed: isStreamed)
    }

    func post(_ path: String, _ body: String, type: String = "application/json") async throws -> Answer {
        try await post(path, Array(body.utf8), type: type)
    }

    /// The signature headers that an account's sender would add to a body.
    func signature(_ path: String, _ body: [UInt8]) -> [Delivery.Header] {
        let delivery = Delivery(adapter: "", account: "", receivedAt: clock.now, target: path, headers: [], body: body)
        return adapters[path]?.signatureHeaders(for: delivery, at: clock.now) ?? []
    }

    func adapter(_ path: String) -> (any ChannelAdapter)? { adapters[path] }

    /// The adapter of a delivery's account.
    func adapter(of delivery: Delivery) -> (any ChannelAdapter)? {
        adapters[Account(adapter: delivery.adapter, name: delivery.account, secrets: []).path]
    }

    func start(_ body: String, headers: [Delivery.Header] = [], host: String? = "localhost") async throws -> Answer {
        try await send(
            "POST", "/session/start", headers: [Delivery.Header("content-type", "application/json")] + headers, body: Array(body.utf8),
            host: host)
    }

    /// The token of a phone's session on the channel chat.
    func token(of phone: String = "+919876543210") async throws -> String {
        let answer = try await start(#"{"phone":"\#(phone)","channel":"chat"}"#)
        guard let token = answer.json?["session_token"].string else { throw Unexpected(what: "no token: \(answer)") }
        return token
    }

    /// Posts to the chat account as a browser does, with a session's token instead of a signature.
    func chat(_ body: String, token: String, at path: String = "/webhooks/chat/main") async throws -> Answer {
        let headers = [Delivery.Header("content-type", "application/json"), Delivery.Header("x-session-token", token)]
        return try await send("POST", path, headers: headers, body: Array(body.utf8))
    }

    func session(_ method: String, _ target: String, token: String?) async throws -> Answer {
        try await send(method, target, headers: token.map { [Delivery.Header("x-session-token", $0)] } ?? [])
    }
}

/// The answer to a request.
struct Answer: Sendable, CustomStringConvertible {
    let status: Int
    let text: String
    private let headers: HTTPFields

    init(_ response: TestResponse) {
        status = response.status.code
        text = String(buffer: response.body)
        headers = response.headers
    }

    var json: JSON? { try? JSON(parsing: Array(text.utf8)) }
    var description: String { "\(status) \(text)" }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The fields in a problem, each with its reason; nil if the answer is not a problem of RFC 9457.
    var problem: [String]? {
        guard header("content-type") == "application/problem+json", let json, json["type"].string == "about:blank",
            json["title"].string?.isEmpty == false, json["detail"].string?.isEmpty == false, json["status"].int == Int64(status)
        else { return nil }
        return json["errors"].elements.map { "\($0["field"].string ?? "-") \($0["reason"].string ?? "-")" }
    }
}

/// The preparation of a test did not have the expected result.
struct Unexpected: Error {
    let what: String
}
