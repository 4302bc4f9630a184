import Messaging
import Signing
import SwitchboardTesting
import Testing

@testable import Receiver

@Suite("Client keys")
struct ClientKeyTests {
    private static let keys = ClientKeys([Secret("key of the shop"), Secret("key of the app")], isOpen: true)
    private static let body = #"{"phone":"+919876543210","channel":"chat"}"#

    @Test(
        "The clients that may start a session",
        arguments: [
            (ClientKeys([], isOpen: true), nil, 201), (ClientKeys([], isOpen: true), "Bearer anything", 201),
            (ClientKeys([], isOpen: false), nil, 401), (ClientKeys([], isOpen: false), "Bearer ", 401),
            (keys, "Bearer key of the shop", 201), (keys, "bearer key of the app", 201),
            (keys, nil, 401), (keys, "", 401), (keys, "Bearer", 401), (keys, "Bearer ", 401), (keys, "Bearer key of", 401),
            (keys, "Bearer key of the shop.", 401), (keys, "Basic key of the shop", 401), (keys, "key of the shop", 401),
            (keys, "Bearer KEY OF THE SHOP", 401),
        ])
    func allowed(keys: ClientKeys, authorization: String?, status: Int) async throws {
        let rig = try TestReceiver(clients: keys)
        let answer = try await rig.start(Self.body, headers: authorization.map { [Delivery.Header("authorization", $0)] } ?? [])
        #expect(answer.status == status)
        if status == 401 { #expect(answer.problem == []) }
        #expect(!answer.text.contains("key of the app"))
        #expect(try rig.file.count("sessions") == (status == 201 ? 1 : 0))
    }

    @Test("The settings may contain a key's digest, which is not accepted as a key")
    func hashed() async throws {
        let hashed = "sha256:\(Hex.encode(Digest.sha256(Array("key of the shop".utf8))))"
        let rig = try TestReceiver(clients: ClientKeys([Secret(hashed)], isOpen: false))
        for (shown, status) in [("key of the shop", 201), (hashed, 401), (String(hashed.dropFirst("sha256:".count)), 401)] {
            #expect(try await rig.start(Self.body, headers: [Delivery.Header("authorization", "Bearer \(shown)")]).status == status)
        }
    }

    @Test("A request without the word Bearer is answered with that reason")
    func scheme() async throws {
        let rig = try TestReceiver(clients: Self.keys)
        let answer = try await rig.start(Self.body, headers: [Delivery.Header("authorization", "key of the shop")])
        #expect(answer.status == 401 && answer.text.contains("must be: Bearer CLIENT_KEY"))
    }

    @Test("The key is checked before the body is read, and only for starts")
    func order() async throws {
        let rig = try TestReceiver(clients: Self.keys)
        #expect(try await rig.start("{").status == 401)
        #expect(try await rig.post("/webhooks/chat/main", Body.event("1")).status == 200)
    }

    @Test(
        "Without keys only requests that address this machine by its own name may start a session, unlike other sites' pages",
        arguments: [
            ("localhost", 201), ("LOCALHOST:8000", 201), ("127.0.0.1:8000", 201), ("127.1.2.3", 201), ("[::1]:8000", 201), ("[::1]", 201),
            ("evil.example", 403), ("evil.example:8000", 403), ("127.0.0.1.evil.example", 403), ("localhost.evil.example", 403),
            ("[::1].evil.example", 403), ("[::1", 403), ("localhost:80@evil", 403), ("10.0.0.1", 403), ("", 403), (nil, 403),
        ])
    func host(host: String?, status: Int) async throws {
        let rig = try TestReceiver()
        let answer = try await rig.start(Self.body, host: host)
        #expect(answer.status == status)
        if status == 403 { #expect(answer.problem == []) }
        #expect(try rig.file.count("sessions") == (status == 201 ? 1 : 0))
    }

    @Test(
        "Without keys a client that a trusted proxy names must be on this machine",
        arguments: [
            ("::1", nil, 201), ("127.0.0.1", "127.0.0.1", 201), ("127.0.0.1", "203.0.113.9", 403),
            ("127.0.0.1", "::ffff:203.0.113.9", 403), ("203.0.113.9", nil, 403),
            // The proxy does not say who its client is.
            ("127.0.0.1", nil, 403), ("127.0.0.1", "", 403), ("127.0.0.1", ",", 403), ("127.0.0.1", "garbage", 403),
            ("127.0.0.1", "unknown, 127.0.0.1", 403),
        ])
    func forwarded(peer: String, client: String?, status: Int) async throws {
        try await start(from: peer, header: .xForwardedFor, client, status)
    }

    @Test(
        "Without keys nobody is admitted whom a proxy hides, or names in another header",
        arguments: [
            ("for=127.0.0.1", 201), ("for=\"[::1]:80\"", 201), ("for=203.0.113.9", 403), ("for=unknown", 403), ("for=_hidden", 403),
            ("for=\"_gazonk\"", 403), ("for=203.0.113.9, for=unknown", 403), ("proto=https;host=h", 403), (nil, 403),
        ])
    func hidden(client: String?, status: Int) async throws {
        try await start(from: "127.0.0.1", header: .forwarded, client, status)
    }

    private func start(from peer: String, header: TrustedProxies.Header, _ client: String?, _ status: Int) async throws {
        let rig = try TestReceiver()
        let proxies = TrustedProxies([try #require(AddressRange("127.0.0.1"))], header: header)
        let headers = [Delivery.Header(client == nil ? "x-other" : header.rawValue, client ?? "127.0.0.1")]
        let answer = try await Caller.$current.withValue(Caller(IPAddress(peer), behind: proxies)) {
            try await rig.start(Self.body, headers: headers)
        }
        #expect(answer.status == status)
    }

    @Test("With keys the request's host is not checked, and two keys in one request are refused")
    func keysAndHosts() async throws {
        let rig = try TestReceiver(clients: Self.keys)
        let key = Delivery.Header("authorization", "Bearer key of the shop")
        #expect(try await rig.start(Self.body, headers: [key], host: "hooks.example.com").status == 201)
        #expect(try await rig.start(Self.body, headers: [key, Delivery.Header("authorization", "Bearer other")]).status == 401)
    }
}
