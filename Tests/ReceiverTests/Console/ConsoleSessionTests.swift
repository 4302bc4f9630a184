import HTTPTypes
import Hummingbird
import JSON
import Messaging
import NIOCore
import SwitchboardTesting
import Synchronization
import Telemetry
import Testing

@testable import Receiver

@Suite("Signing in to the console")
struct ConsoleSessionTests {
    @Test("The operator's token opens a session in a cookie that no script and no other site can use")
    func cookie() async throws {
        let rig = try ConsoleRig.receiver()
        let answer = try await ConsoleRig.signIn(rig)
        #expect(answer.status == 200 && answer.header("cache-control") == "no-store")
        #expect(answer.json?["operator"].string == "ops" && answer.json?["csrf_token"].string?.count == 43)
        #expect(answer.json?["ends_at"].string == "\(rig.clock.now.advanced(by: .seconds(12 * 3600)))")
        let cookie = try #require(answer.header("set-cookie"))
        #expect(
            cookie.wholeMatch(of: /switchboard-console=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict/) != nil, "\(cookie)")
        #expect(!answer.text.contains(cookie.dropFirst(20).prefix(43)))
        let secure = try await ConsoleRig.signIn(rig, headers: [Delivery.Header("origin", "https://gateway.example")])
        let secured = try #require(secure.header("set-cookie"))
        #expect(secured.hasPrefix("__Host-switchboard-console=") && secured.hasSuffix("; Secure"), "\(secured)")
        let shown = Delivery.Header("cookie", "other=1; " + secured.prefix { $0 != ";" })
        #expect(try await rig.send("GET", "/console/session", headers: [shown]).status == 200)
    }

    @Test("Whoever does not show a token as the page does gets no session")
    func refused() async throws {
        let rig = try ConsoleRig.receiver()
        for (shown, status) in [("wrong-token-of-somebody", 401), ("", 401), (ConsoleRig.token + "0", 401)] {
            let answer = try await ConsoleRig.signIn(rig, shown)
            #expect(answer.status == status && answer.problem != nil && answer.header("set-cookie") == nil, "\(answer)")
        }
        let form = try await rig.send(
            "POST", "/console/login", headers: [Delivery.Header("content-type", "application/x-www-form-urlencoded")],
            body: Array("token=\(ConsoleRig.token)".utf8))
        #expect(form.status == 415 && form.header("set-cookie") == nil)
        for site in ["cross-site", "same-site"] {
            let other = try await ConsoleRig.signIn(rig, headers: [Delivery.Header("sec-fetch-site", site)])
            #expect(other.status == 403 && other.header("set-cookie") == nil)
        }
        let json = [Delivery.Header("content-type", "application/json")]
        for body in ["", "[]", #"{"token":1}"#, "not json"] {
            #expect(try await rig.send("POST", "/console/login", headers: json, body: Array(body.utf8)).status == 400, "\(body)")
        }
        let long = try await rig.send("POST", "/console/login", headers: json, body: Array(repeating: 0x20, count: 4097))
        #expect(long.status == 413)
    }

    @Test("The cookie opens operators' routes, for requests of the console's own page only")
    func operators() async throws {
        let rig = try ConsoleRig.receiver()
        let session = try await ConsoleRig.session(rig)
        // To an operator this is 400.
        let path = "/events?kind=nothing"
        #expect(try await rig.send("GET", path, headers: [session.cookie]).status == 400)
        for site in ["same-origin", "none"] {
            #expect(try await rig.send("GET", path, headers: [session.cookie, Delivery.Header("sec-fetch-site", site)]).status == 400)
        }
        for site in ["cross-site", "same-site"] {
            #expect(try await rig.send("GET", path, headers: [session.cookie, Delivery.Header("sec-fetch-site", site)]).status == 403)
        }
        let name = "switchboard-console="
        for value in [
            "\(name)x", "\(name)", name + String(repeating: "A", count: 43), "\(session.cookie.value); \(name)x",
            "x\(session.cookie.value)",
        ] {
            #expect(try await rig.send("GET", path, headers: [Delivery.Header("cookie", value)]).status == 401, "\(value)")
        }
        // A token that is shown counts, not the cookie beside it.
        let both = [session.cookie, Delivery.Header("authorization", "Bearer nobody-has-this-token")]
        #expect(try await rig.send("GET", path, headers: both).status == 401)
    }

    @Test("A request that changes something needs the session's CSRF token; signing out ends the session")
    func crossSiteRequests() async throws {
        let rig = try ConsoleRig.receiver()
        let session = try await ConsoleRig.session(rig)
        let other = try await ConsoleRig.session(rig)
        #expect(session.csrf != other.csrf)
        for shown in [[], [other.csrf], [""], [session.csrf, session.csrf], [session.csrf + "0"]] {
            let headers = [session.cookie] + shown.map { Delivery.Header("x-csrf-token", $0) }
            let answer = try await rig.send("POST", "/console/logout", headers: headers)
            #expect(answer.status == 403 && answer.problem != nil && !answer.text.contains(session.csrf), "\(shown) \(answer)")
        }
        #expect(try await rig.send("GET", "/console/session", headers: [session.cookie]).json?["csrf_token"].string == session.csrf)
        let out = try await rig.send("POST", "/console/logout", headers: [session.cookie, Delivery.Header("x-csrf-token", session.csrf)])
        #expect(out.status == 204 && out.header("set-cookie")?.hasPrefix("switchboard-console=; Path=/; Max-Age=0") == true)
        #expect(try await rig.send("GET", "/console/session", headers: [session.cookie]).status == 401)
        #expect(try await rig.send("GET", "/console/session", headers: [other.cookie]).status == 200)
    }

    @Test("A session ends after an hour without use, and after twelve hours in any case; what the page asks by itself is no use")
    func ends() async throws {
        let rig = try ConsoleRig.receiver()
        let (idle, used) = (try await ConsoleRig.session(rig), try await ConsoleRig.session(rig))
        let background = Delivery.Header("x-console-background", "1")
        for _ in 1...11 {
            rig.clock.advance(by: .seconds(3599))
            #expect(try await rig.send("GET", "/console/session", headers: [used.cookie]).status == 200)
        }
        #expect(try await rig.send("GET", "/console/session", headers: [idle.cookie]).status == 401)
        rig.clock.advance(by: .seconds(3599))
        #expect(try await rig.send("GET", "/console/session", headers: [used.cookie, background]).status == 200)
        rig.clock.advance(by: .seconds(1))
        #expect(try await rig.send("GET", "/console/session", headers: [used.cookie]).status == 401)
        let last = try await ConsoleRig.session(rig)
        for _ in 1...24 {
            #expect(try await rig.send("GET", "/console/session", headers: [last.cookie]).status == 200)
            rig.clock.advance(by: .seconds(1800))
        }
        #expect(try await rig.send("GET", "/console/session", headers: [last.cookie]).status == 401)
    }

    @Test("At most twenty sessions of one operator are kept: the next one ends the operator's own that was unused for longest")
    func bounded() {
        let clock = Instants()
        let sessions = ConsoleSessions(now: { clock.next() })
        let other = ConsoleSessions.key(of: sessions.open(Operator(name: "night", tokenDigest: [])).id)
        let ids = (0..<ConsoleSessions.limit).map { _ in sessions.open(Operator(name: "ops", tokenDigest: [])).id }
        let keys = ids.map { ConsoleSessions.key(of: $0) }
        let wasOpen = sessions.session(keys[0], isUse: true) != nil
        for _ in 0..<3 { _ = sessions.open(Operator(name: "ops", tokenDigest: [])) }
        #expect(wasOpen && sessions.count == ConsoleSessions.limit + 1)
        let isOtherOpen = sessions.session(other, isUse: false) != nil
        #expect(isOtherOpen)
        let open = keys.map { sessions.session($0, isUse: false) != nil }
        #expect(open[0] && !open[1] && !open[2] && !open[3] && open[4...].allSatisfy(\.self))
    }

    @Test("After ten wrong tokens an address has to wait, even with the right one, while open sessions and other addresses go on")
    func lockOut() async throws {
        let rig = try ConsoleRig.receiver()
        let session = try await ConsoleRig.session(rig)
        let from = { (address: String, body: @Sendable () async throws -> Int) in
            try await Caller.$current.withValue(Caller(IPAddress(address), behind: TrustedProxies())) { try await body() }
        }
        for _ in 1...10 { #expect(try await from("192.0.2.1") { try await ConsoleRig.signIn(rig, "a-guess-of-a-token").status } == 401) }
        #expect(try await from("192.0.2.1") { try await ConsoleRig.signIn(rig).status } == 429)
        #expect(try await from("192.0.2.2") { try await ConsoleRig.signIn(rig).status } == 200)
        #expect(try await from("192.0.2.1") { try await rig.send("GET", "/console/session", headers: [session.cookie]).status } == 200)
        for _ in 1...20 { #expect(try await from("127.0.0.1") { try await ConsoleRig.signIn(rig, "a-guess-of-a-token").status } == 401) }
        #expect(try await from("127.0.0.1") { try await ConsoleRig.signIn(rig).status } == 200)
    }

    @Test(
        "A token's requests, streams and sessions are over once a reload leaves the operator without it, and others go on",
        arguments: [
            ([("ops", ["a-token-of-ops", "another-token-of-ops"])], true), ([("ops", ["another-token-of-ops"])], false), ([], false),
            // What it does would be recorded under a name that no longer has the token.
            ([("night", ["a-token-of-ops"])], false),
        ] as [([(String, [String])], Bool)])
    func tokenRemoved(operators: [(String, [String])], isAdmitted: Bool) throws {
        let tokens = { (operators: [(String, [String])]) in
            OperatorTokens(operators.map { (name: $0.0, tokens: $0.1.map { Secret($0) }) })
        }
        let door = OperatorDoor(tokens([("ops", ["a-token-of-ops"])]), metrics: PrometheusMetrics(), now: { Instant(milliseconds: 0) })
        let digest = BearerSecret.digest(of: "a-token-of-ops")
        let request = Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: "x", path: "/console/login"),
            body: RequestBody(buffer: ByteBuffer()))
        let opened = try door.signIn(with: "a-token-of-ops", request)
        let byToken = Operator(name: "ops", tokenDigest: digest)
        let byCookie = Operator(name: "ops", tokenDigest: digest, sessionKey: ConsoleSessions.key(of: opened.id))
        let before = [door.stillAdmits(byToken), door.stillAdmits(byCookie)]
        #expect(before == [true, true])
        door.replaceTokens(by: tokens(operators))
        let after = [door.stillAdmits(byToken), door.stillAdmits(byCookie)]
        #expect(after == [isAdmitted, isAdmitted])
    }
}

/// Moments one second apart.
private final class Instants: Sendable {
    private let seconds = Mutex<Int64>(0)

    func next() -> Instant {
        seconds.withLock { seconds in
            seconds += 1
            return Instant(milliseconds: seconds * 1000)
        }
    }
}
