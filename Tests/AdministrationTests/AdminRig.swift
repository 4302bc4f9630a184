import Administration
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Journal
import Logging
import Messaging
import NIOCore
import Operations
import Receiver
import SwitchboardTesting
import Telemetry

@testable import SwitchboardApp

/// A gateway's routes with `/admin`, over a journal in a folder of its own, under a clock that stands still; it is asked in memory.
final class AdminRig: Sendable {
    let clock = ManualClock()
    let journal: Journal
    let path: String
    let file: JournalFile
    let history: TrafficSeries
    private let folder: TemporaryFolder
    private let adapters: ConfiguredAdapters
    private let responder: RouterResponder<BasicRequestContext>

    static let secret = "whsec_c2l4IHRpbWVzIGZvdXIgbWFrZXMgMjQh"
    static let token = "a-token-of-an-operator"

    init(persistence: PersistenceProbe? = nil) throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/journal.sqlite"
        file = JournalFile(path: path)
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = PrometheusMetrics()
        journal = try Journal(
            Journal.Configuration(path: path, adapters: AdapterRegistry.shipped.traits), metrics: metrics, logger: silent, now: clock.source
        )
        var settings = Settings()
        settings.journal.path = path
        settings.accounts = [("kiosk", "lobby"), ("chat", "main"), ("whatsapp-cloud", "main")].map { kind, name in
            Account(adapter: AdapterKind(kind), name: AccountName(name), secrets: [Secret(Self.secret)], verifyToken: Secret("verify me"))
        }
        settings.accounts.append(
            Account(adapter: "360dialog", name: "direct", secrets: [Secret(Self.secret)], secretHeader: "x-secret"))
        settings.operators = [Settings.Operator(name: "ops", tokens: [Secret(Self.token)])]
        let configured = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        adapters = configured
        history = TrafficSeries(metrics, persistence: persistence, now: clock.source)
        let traffic = AccountTraffic()
        let administration = Administration(
            settings, journal: journal, adapters: configured, persistence: persistence, traffic: traffic, metrics: metrics,
            history: history,
            log: nil, startedAt: clock.now, now: clock.source)
        let receiver = Receiver(
            journal: journal,
            endpoints: Endpoints(
                settings.accounts.compactMap { account in configured[account.adapter, account.name].map { (account, $0) } }),
            configuration: Receiver.Configuration(
                clients: ClientKeys([], isOpen: true), operators: OperatorTokens(settings.operators.map { ($0.name, $0.tokens) })),
            persistence: persistence, edge: Edge(metrics: metrics), traffic: traffic, operatorRoutes: administration.add, now: clock.source)
        responder = receiver.makeRouter().buildResponder()
    }

    deinit { try? journal.close() }

    /// Sends a request as the operator, or with other headers.
    func send(
        _ method: HTTPRequest.Method, _ target: String, _ body: String? = nil, headers: HTTPFields? = nil
    ) async throws -> AdminAnswer {
        let responder = responder
        let front = CallbackResponder<BasicRequestContext> { request, context in
            try await responder.respond(to: request, context: context)
        }
        let fields = headers ?? [.authorization: "Bearer \(Self.token)"]
        let response = try await Application(responder: front).test(.router) { client in
            try await client.execute(uri: target, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
        }
        return AdminAnswer(response)
    }

    func get(_ target: String) async throws -> AdminAnswer { try await send(.get, target) }

    /// Posts a webhook to an account as its sender does; throws unless it is accepted.
    func post(_ path: String, _ body: String) async throws {
        let parts = path.split(separator: "/").map(String.init)
        let delivery = Delivery(
            adapter: AdapterKind(parts[1]), account: AccountName(parts[2]), receivedAt: clock.now, target: path, headers: [],
            body: Array(body.utf8))
        var headers: HTTPFields = [.contentType: "application/json"]
        for header in adapters[delivery.adapter, delivery.account]?.signatureHeaders(for: delivery, at: clock.now) ?? [] {
            if let name = HTTPField.Name(header.name) { headers[name] = header.value }
        }
        let answer = try await send(.post, path, body, headers: headers)
        guard answer.status == 200 else { throw AdminRigError(what: answer.text) }
    }

    /// Posts an event of a kiosk; returns the id of the contact with the phone.
    @discardableResult
    func event(_ id: String, phone: String = "+919812343210", type: String = "message.text", text: String = "Hello") async throws -> String
    {
        try await post(
            "/webhooks/kiosk/lobby",
            """
            {"specversion":"1.0","id":"\(id)","source":"/app","type":"\(type)","data":{"phone":"\(phone)","text":"\(text)"}}
            """)
        return try file.rows("SELECT contact_id FROM contacts WHERE phone = '\(phone)'").first ?? ""
    }

    /// Posts a WhatsApp body of one change.
    func whatsApp(_ value: String) async throws {
        try await post(
            "/webhooks/whatsapp-cloud/main",
            """
            {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":\
            "whatsapp","metadata":{"phone_number_id":"2","display_phone_number":"15550001111"},\(value)}}]}]}
            """)
    }
}

/// Something came that a test does not expect where it sets its stage.
struct AdminRigError: Error {
    let what: String
}

/// What came back.
struct AdminAnswer: Sendable, CustomStringConvertible {
    let status: Int
    let text: String
    let headers: HTTPFields

    init(_ response: TestResponse) {
        status = response.status.code
        text = String(buffer: response.body)
        headers = response.headers
    }

    var json: JSON? { try? JSON(parsing: Array(text.utf8)) }
    var items: [JSON] { json.map { Array($0["items"].elements) } ?? [] }
    var next: String? { json?["next"].string }
    var description: String { "\(status) \(text)" }
    /// The fields that a problem names; nil for an answer that is no problem of RFC 9457.
    var fields: [String]? {
        guard headers[.contentType] == "application/problem+json", let json, json["status"].int == Int64(status) else { return nil }
        return json["errors"].elements.map { $0["field"].string ?? "-" }
    }
}
