import JSON
import Messaging
import Testing

@testable import Receiver

@Suite("The console")
struct ConsoleTests {
    @Test("The page and each of its files have their type, a strict policy, and nothing from elsewhere")
    func files() async throws {
        let rig = try ConsoleRig.receiver()
        let page = try await rig.send("GET", "/console")
        #expect(page.status == 200 && page.header("content-type") == "text/html; charset=utf-8")
        #expect(page.text.contains(#"<script type="module" src="/console/app.js">"#))
        #expect(ConsoleAsset.all.count == 15)
        for asset in ConsoleAsset.all {
            let answer = asset.name == ConsoleAsset.page ? page : try await rig.send("GET", "/console/\(asset.name)")
            #expect(answer.status == 200 && answer.text.utf8.count > 100, "\(asset.name)")
            #expect(
                answer.header("content-security-policy")
                    == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'")
            #expect(answer.header("x-content-type-options") == "nosniff")
            #expect(answer.header("x-frame-options") == "DENY" && answer.header("referrer-policy") == "no-referrer")
            let hosts = answer.text.matches(of: /https?:\/\/([a-z0-9.]+)/).map { String($0.output.1) }
            #expect(hosts.allSatisfy { $0 == "www.w3.org" }, "\(asset.name): \(hosts)")
            #expect(!answer.text.contains("innerHTML") && !answer.text.contains("style="), "\(asset.name)")
        }
    }

    @Test("A browser that has a file is told so, also if a proxy marked its tag as weak")
    func entityTags() async throws {
        let rig = try ConsoleRig.receiver()
        let tag = try #require(try await rig.send("GET", "/console/app.js").header("etag"))
        for shown in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let answer = try await rig.send("GET", "/console/app.js", headers: [Delivery.Header("if-none-match", shown)])
            #expect(answer.status == 304 && answer.text.isEmpty && answer.header("etag") == tag, "\(shown)")
        }
        #expect(try await rig.send("GET", "/console/app.js", headers: [Delivery.Header("if-none-match", "\"other\"")]).status == 200)
        #expect(try await rig.send("GET", "/console/style.css").header("etag") != tag)
    }

    @Test(
        "Only the console's own files can be read",
        arguments: [
            "/console/../etc/passwd", "/console/..%2f..%2fetc%2fpasswd", "/console/%2e%2e/%2e%2e/etc/passwd", "/console//etc/passwd",
            "/console/files/app.js", "/console/app.js/..", "/console/app.js%00", "/console/index.html", "/console/.", "/console/*",
        ])
    func traversal(_ path: String) async throws {
        let answer = try await ConsoleRig.receiver().send("GET", path)
        #expect(answer.status == 404 && answer.problem != nil, "\(answer)")
    }

    @Test("Without operators there is no console")
    func noOperators() async throws {
        let rig = try TestReceiver()
        for (method, path) in [("GET", "/console"), ("GET", "/console/app.js"), ("GET", "/console/session"), ("POST", "/console/login")] {
            #expect(try await rig.send(method, path).status == 404)
        }
    }

    @Test("A method that a path does not take is answered 405, and the list of what there is names the page alone")
    func methods() async throws {
        let rig = try ConsoleRig.receiver()
        #expect(try await rig.send("DELETE", "/console/app.js").header("allow") == "GET, HEAD")
        #expect(try await rig.send("GET", "/console/login").header("allow") == "POST")
        let nothing = try await rig.send("GET", "/nothing").text
        #expect(nothing.contains("GET /console,") && !nothing.contains("/console/"))
    }
}

/// A gateway with one operator, and a browser's side of the console.
enum ConsoleRig {
    static let token = "the-token-of-the-operator"

    static func receiver() throws -> TestReceiver { try TestReceiver(operators: OperatorTokens([("ops", [Secret(token)])])) }

    static func signIn(_ rig: TestReceiver, _ shown: String = token, headers: [Delivery.Header] = []) async throws -> Answer {
        try await rig.send(
            "POST", "/console/login", headers: [Delivery.Header("content-type", "application/json")] + headers,
            body: Array(#"{"token":"\#(shown)"}"#.utf8))
    }

    /// A session that is open: the header with its cookie, and its CSRF token.
    static func session(_ rig: TestReceiver) async throws -> (cookie: Delivery.Header, csrf: String) {
        let answer = try await signIn(rig)
        guard let cookie = answer.header("set-cookie")?.split(separator: ";").first, let csrf = answer.json?["csrf_token"].string else {
            throw Unexpected(what: "no session: \(answer)")
        }
        return (Delivery.Header("cookie", String(cookie)), csrf)
    }
}
