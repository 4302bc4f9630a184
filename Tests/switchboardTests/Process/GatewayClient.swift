import HTTPTransport
import JSON
import Messaging
import Replay
import SwitchboardApp

/// A provider or client that sends requests to a gateway, with the secrets of `GatewayFolder.settings`.
struct GatewayClient: Sendable {
    private let base: String
    private let transport: HTTPTransport

    init(_ gateway: GatewayProcess) throws { try self.init(base: gateway.base) }

    /// `http://127.0.0.1:PORT`.
    init(base: String) throws {
        self.base = base
        transport = try HTTPTransport()
    }

    func get(_ path: String, token: String? = nil) async throws -> IncomingResponse {
        try await transport.send(OutgoingRequest(url: base + path, headers: token.map { [HTTPField("X-Session-Token", $0)] } ?? []))
    }

    /// A GET request with an operator's token.
    func getAsOperator(_ path: String, token: String = GatewayFolder.Secrets.operator) async throws -> IncomingResponse {
        try await transport.send(
            OutgoingRequest(url: base + path, headers: [HTTPField("Authorization", "Bearer \(token)")]))
    }

    func post(_ path: String, _ headers: [HTTPField], body: String) async throws -> IncomingResponse {
        try await transport.send(OutgoingRequest(method: "POST", url: base + path, headers: headers, body: Array(body.utf8)))
    }

    /// Posts to `/session/start` with the client's key.
    func start(_ json: String, key: String? = GatewayFolder.Secrets.client) async throws -> IncomingResponse {
        var headers = [HTTPField("Content-Type", "application/json")]
        if let key { headers.append(HTTPField("Authorization", "Bearer \(key)")) }
        return try await post("/session/start", headers, body: json)
    }

    func end(token: String) async throws -> IncomingResponse {
        try await post("/session/end", [HTTPField("X-Session-Token", token)], body: "")
    }

    /// Posts a signed webhook to an account.
    func deliver(_ body: String, to account: Account = .whatsApp) async throws -> IncomingResponse {
        try await post(account.path, try account.signed(body).map { HTTPField($0.name, $0.value) }, body: body)
    }
}

extension Account {
    static let whatsApp = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret(GatewayFolder.Secrets.whatsApp)])
    static let chat = Account(adapter: "chat", name: "main", secrets: [Secret(GatewayFolder.Secrets.chat)])
    static let kiosk = Account(adapter: "kiosk", name: "lobby", secrets: [Secret(GatewayFolder.Secrets.kiosk)])

    /// The same account with another secret, for signatures that are wrong.
    var forged: Account { Account(adapter: adapter, name: name, secrets: [Secret("whsec_dGhlIHNlY3JldCBvZiBzb21lb25lIGVsc2U=")]) }

    /// The bytes of a signed webhook, with additional `headers`. Without `hasLength` its body is sent as one chunk.
    func request(_ body: String, headers: [String] = [], hasLength: Bool = true) throws -> String {
        let length = hasLength ? "Content-Length: \(body.utf8.count)" : "Transfer-Encoding: chunked"
        let lines = ["POST \(path) HTTP/1.1", "Host: x", length] + (try signed(body).map { "\($0.name): \($0.value)" }) + headers
        let chunk = "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (hasLength ? body : chunk)
    }

    /// The headers of a signed webhook with this body.
    fileprivate func signed(_ body: String) throws -> [Delivery.Header] {
        let capture = HTTPCapture(
            method: "POST", target: path, headers: [Delivery.Header("content-type", contentType(of: body))], body: Array(body.utf8))
        return try CaptureSigner { _, _ in try? AdapterRegistry.shipped.makeAdapter(for: self) }.signed(capture, at: .now).headers
    }

    private func contentType(of body: String) -> String {
        guard adapter != "whatsapp-cloud" else { return "application/json" }
        return body.hasPrefix("[") ? "application/cloudevents-batch+json" : "application/cloudevents+json"
    }
}

extension IncomingResponse {
    var json: JSON? { try? JSON(parsing: body) }
    var text: String { String(decoding: body, as: UTF8.self) }
    var accepted: Int { number("accepted") }
    var duplicates: Int { number("duplicates") }
    var token: String { json?["session_token"].string ?? "" }
    var sessionID: String { json?["session"]["session_id"].string ?? "" }
    var isProblem: Bool { header("content-type") == "application/problem+json" && number("status") == status }

    private func number(_ name: StaticString) -> Int { json?[name].int.map { Int($0) } ?? -1 }
}

/// Webhooks of the WhatsApp Cloud API.
enum WhatsAppWebhook {
    /// A delivery with the status `read` of one message.
    static func status(_ id: String) -> String {
        """
        {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\
        {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},\
        "statuses":[{"id":"\(id)","status":"read","timestamp":"1795370400","recipient_id":"919876543210"}]}}]}]}
        """
    }

    /// A delivery with a change of a person's number, this many seconds ago.
    static func change(_ id: String, from number: String, to new: String, secondsAgo: Int64 = 0) -> String {
        let change = """
            {"from":"\(number)","id":"\(id)","timestamp":"\(Instant.now.milliseconds / 1000 - secondsAgo)","type":"system",\
            "system":{"body":"They changed","wa_id":"\(new)","type":"user_changed_number"}}
            """
        let value = #"{"field":"messages","value":{"messages":[\#(change)]}}"#
        return #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[\#(value)]}]}"#
    }

    /// A delivery with a text message for each id, sent now.
    static func texts(_ ids: [String], from phone: String = "919876543210", text: String = "Hello") -> String {
        let seconds = Instant.now.milliseconds / 1000
        let messages = ids.map {
            #"{"from":"\#(phone)","id":"\#($0)","timestamp":"\#(seconds)","type":"text","text":{"body":"\#(text)"}}"#
        }
        return """
            {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\
            {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},\
            "contacts":[{"profile":{"name":"Asha"},"wa_id":"\(phone)"}],"messages":[\(messages.joined(separator: ","))]}}]}]}
            """
    }
}
