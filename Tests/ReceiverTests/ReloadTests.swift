import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Messaging
import NIOCore
import NIOHTTP1
import SwitchboardApp
import SwitchboardTesting
import Telemetry
import Testing

@testable import Receiver

/// Over a real journal: the routes in memory, and the bytes of connections.
@Suite("Routes and webhooks after a reload of the settings")
struct ReloadTests {
    private let rig: TestReceiver
    private let traffic: AccountTraffic
    private let routes: CurrentRoutes

    private static let lobby = account("lobby", TestReceiver.secret)
    private static let hall = account("hall", TestReceiver.secret)

    init() throws {
        rig = try TestReceiver()
        traffic = AccountTraffic()
        routes = CurrentRoutes(
            Receiver(
                journal: rig.journal, endpoints: try Self.endpoints([Self.lobby]),
                configuration: Receiver.Configuration(clients: ClientKeys([Secret("first key")], isOpen: false)), edge: rig.edge,
                traffic: traffic, now: rig.clock.source))
    }

    @Test("A new account works at once on an open connection, and a removed one is answered by the routes with 404 from then on")
    func accounts() async throws {
        let connection = try await connect()
        await connection.receive(rig.request(Body.event("1")))
        #expect(try await connection.statuses(1) == ["200"])
        try reload([Self.hall])
        await connection.receive(request("2", to: Self.hall))
        #expect(try await connection.statuses(2) == ["200", "200"])
        #expect(connection.seen == [])
        await connection.receive(rig.request(Body.event("3")))
        #expect(connection.seen.first == "POST /webhooks/kiosk/lobby")
        #expect(try await send(.post, "/webhooks/kiosk/lobby") == .notFound)
        #expect(try await send(.post, "/webhooks/kiosk/hall") == .unauthorized)
        #expect(try await send(.put, "/webhooks/kiosk/hall") == .methodNotAllowed)
        try reload([Self.lobby])
        #expect(try await send(.post, "/webhooks/kiosk/hall") == .notFound)
        #expect(try await send(.post, "/webhooks/kiosk/lobby") == .unauthorized)
    }

    @Test("A rotated secret is in force for the next request; a request whose header has arrived ends with the secret with which it began")
    func rotated() async throws {
        let (begun, next) = (try await connect(), try await connect())
        let request = rig.request(Body.event("1"))
        let head = try #require(request.firstRange(of: "\r\n\r\n")).upperBound
        await begun.receive(String(request[..<head]))
        try reload([Self.account("lobby", "whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBraW9zaw==")])
        await begun.receive(String(request[head...]))
        #expect(try await begun.statuses(1) == ["200"])
        await next.receive(rig.request(Body.event("2")))
        #expect(try await next.statuses(1) == ["401"])
        // The connection itself is as before.
        await begun.receive(rig.request(Body.event("3")))
        #expect(try await begun.statuses(2) == ["200", "401"])
        #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
        #expect(rig.edge.bodies.bytes == 0)
    }

    @Test("A delivery that is handed over to the routes after a reload is decided by the routes alone: the former settings store nothing")
    func handedOver() async throws {
        let connection = try await connect()
        // Too long for the direct path, which only learns it at the second chunk.
        let body = Body.event("1") + String(repeating: " ", count: 70 << 10)
        let request = rig.request(body, hasLength: false)
        let begun = request.index(request.startIndex, offsetBy: 2000)
        await connection.receive(String(request[..<begun]))
        #expect(connection.seen == [])
        try reload([Self.account("lobby", "whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBraW9zaw==")])
        await connection.receive(String(request[begun...]))
        #expect(connection.seen.first == "POST /webhooks/kiosk/lobby" && connection.seen.last == "end")
        #expect(try await connection.statuses().isEmpty)
        #expect(rig.edge.bodies.bytes == 0)
        #expect(try await deliver(body) == .unauthorized)
        try reload([Self.hall])
        #expect(try await deliver(body) == .notFound)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
        try reload([Self.lobby])
        #expect(try await deliver(body) == .ok)
        #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
    }

    @Test("A delivery of an account that is removed while it is stored is answered as it would have been")
    func removedWhileStored() async throws {
        let connection = try await connect()
        try await rig.whileLocked {
            await connection.receive(rig.request(Body.event("1")))
            try reload([Self.hall])
            let statuses = try await connection.statuses()
            #expect(statuses == [])
        }
        #expect(try await connection.statuses(1) == ["200"])
        #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
    }

    @Test("An account keeps what is left of its rate, unless the rate is another one: a reload grants no further burst")
    func rates() throws {
        var limited = Self.lobby
        limited.rate = 5
        let before = try Self.endpoints([limited]).all
        limited.secrets.append(Secret("whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBraW9zaw=="))
        let rotated = try Self.endpoints([Self.hall, limited]).keepingRates(of: before).all
        #expect(rotated.map(\.account.name) == ["hall", "lobby"])
        #expect(rotated[0].rate === nil)
        #expect(rotated[1].rate === before[0].rate && rotated[1].rate !== nil)
        limited.rate = 6
        let other = try Self.endpoints([limited]).keepingRates(of: rotated).all
        #expect(other[0].rate !== before[0].rate && other[0].rate !== nil)
        // The gateway's own reload does the same.
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: limited.path)
        try reload([limited])
        let inForce = routes.directWebhooks.webhook(for: head)?.endpoint.rate
        try reload([Self.hall, limited])
        #expect(inForce !== nil && routes.directWebhooks.webhook(for: head)?.endpoint.rate === inForce)
    }

    @Test("An account's counts go on")
    func counts() async throws {
        let connection = try await connect()
        await connection.receive(rig.request(Body.event("1")))
        #expect(try await connection.statuses(1) == ["200"])
        var other = Self.lobby
        other.defaultRegion = "BR"
        try reload([other])
        await connection.receive(rig.request(Body.event("2")))
        #expect(try await connection.statuses(2) == ["200", "200"])
        let page = try await rig.send("GET", "/metrics").text
        #expect(page.contains("switchboard_webhooks_total{account=\"lobby\",adapter=\"kiosk\",answer=\"accepted\",status=\"200\"} 2\n"))
    }

    @Test("An account's silence is known across reloads, and an account that was removed is not reported")
    func silence() async throws {
        let clock = ManualClock()
        let latest = traffic.latest(of: Self.lobby)
        for step in 0..<12 * 15 * 24 {
            if step % 3 == 0 { latest.note(clock.now) }
            traffic.look(at: clock.now)
            clock.advance(by: .seconds(300))
        }
        let shown = {
            var page = MetricsPage()
            traffic.write(to: &page, at: clock.now)
            return page.text.contains("switchboard_account_silent_seconds{account=\"lobby\"")
        }
        #expect(shown())
        try reload([Self.lobby, Self.hall])
        #expect(shown())
        try reload([Self.hall])
        #expect(!shown())
        try reload([Self.lobby])
        #expect(shown())
    }

    @Test("Clients and operators are those of the new settings")
    func keys() async throws {
        #expect(try await send(.post, "/session/start", bearer: "first key") == .unsupportedMediaType)
        #expect(try await send(.get, "/events?kind=none", bearer: "token of ops") == .unauthorized)
        try reload(
            [Self.lobby], clients: ClientKeys([Secret("second key")], isOpen: false),
            operators: OperatorTokens([("ops", [Secret("token of ops")])]))
        #expect(try await send(.post, "/session/start", bearer: "first key") == .unauthorized)
        #expect(try await send(.post, "/session/start", bearer: "second key") == .unsupportedMediaType)
        #expect(try await send(.get, "/events?kind=none", bearer: "token of ops") == .badRequest)
    }

    @Test("The limit of event streams changes, and streams beyond a lower one keep their places")
    func streams() throws {
        let streams = EventStreams(limit: 2, metrics: PrometheusMetrics())
        var places = [try streams.place(), try streams.place()]
        streams.replaceLimit(by: 1)
        #expect(throws: Problem.self) { try streams.place() }
        places.removeAll()
        places.append(try streams.place())
        #expect(throws: Problem.self) { try streams.place() }
        streams.replaceLimit(by: 2)
        places.append(try streams.place())
        #expect(streams.count == places.count)
    }

    private static func account(_ name: AccountName, _ secret: String) -> Account {
        Account(adapter: "kiosk", name: name, secrets: [Secret(secret)])
    }

    private static func endpoints(_ accounts: [Account]) throws -> Endpoints {
        Endpoints(try accounts.map { ($0, try AdapterRegistry.shipped.makeAdapter(for: $0)) })
    }

    private func reload(
        _ accounts: [Account], clients: ClientKeys = ClientKeys([], isOpen: true), operators: OperatorTokens = OperatorTokens()
    ) throws {
        routes.replace(try Self.endpoints(accounts), Receiver.Configuration(clients: clients, operators: operators))
    }

    private func connect() async throws -> TestConnection { try await TestConnection(routes.directWebhooks, rig.edge) }

    /// A webhook of an account that the rig does not have, with the rig's secret.
    private func request(_ id: String, to account: Account) -> String {
        let body = Body.event(id)
        let headers = rig.signature(Self.lobby.path, Array(body.utf8)).map { "\($0.name): \($0.value)" }
        return rig.unsigned(body, to: account.path, headers: headers)
    }

    /// Posts a webhook of the lobby, signed with the rig's secret, to the routes.
    private func deliver(_ body: String) async throws -> HTTPResponse.Status {
        var headers: HTTPFields = [.contentType: "application/json"]
        for header in rig.signature(Self.lobby.path, Array(body.utf8)) {
            if let name = HTTPField.Name(header.name) { headers[name] = header.value }
        }
        return try await Application(responder: routes).test(.router) { [headers] client in
            try await client.execute(uri: Self.lobby.path, method: .post, headers: headers, body: ByteBuffer(string: body)).status
        }
    }

    private func send(_ method: HTTPRequest.Method, _ target: String, bearer: String? = nil) async throws -> HTTPResponse.Status {
        let headers: HTTPFields = bearer.map { [.authorization: "Bearer \($0)"] } ?? [:]
        return try await Application(responder: routes).test(.router) { client in
            try await client.execute(uri: target, method: method, headers: headers).status
        }
    }
}
