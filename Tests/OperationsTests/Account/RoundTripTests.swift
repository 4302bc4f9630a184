import Foundation
import HTTPTransport
import HTTPTypes
import Hummingbird
import Kiosk
import Messaging
import NIOCore
import Signing
import Supabase
import SwitchboardTesting
import Synchronization
import Testing
import Twilio
import WhatsAppCloud

@testable import Operations

@Suite("Trial deliveries to the public URL")
struct RoundTripTests {
    private static let secret = "3a024b440a5dd956b061eb01c6b9d90e"
    private static let whsec = "whsec_AIuL5z5nyhzDTnHu6BzUp2ftEiMvJqD3"

    private static func account(
        _ kind: AdapterKind = "whatsapp-cloud", at base: String = "http://127.0.0.1:1", secret: String = Self.secret
    ) -> Account {
        Account(
            adapter: kind, name: "main", secrets: [Secret(kind == "kiosk" ? whsec : secret)],
            verifyToken: kind == "whatsapp-cloud" ? Secret("048699de840c97d423c98efbbbf09525") : nil, publicURL: base)
    }

    private static func adapter(_ account: Account) throws -> any ChannelAdapter {
        switch account.adapter {
        case "kiosk": try KioskAdapter(account: account)
        case "twilio": try TwilioAdapter(account: account)
        default: try WhatsAppCloudAdapter(account: account)
        }
    }

    private static func gateway(_ account: Account) throws -> [(account: Account, adapter: any ChannelAdapter)] {
        [(account, try adapter(account))]
    }

    private static let traits = [WhatsAppCloudAdapter.traits, KioskAdapter.traits, TwilioAdapter.traits]

    /// The findings of a round trip as `level check`, without those about asking the provider and about a loopback address.
    private static func findings(_ account: Account, authorities: String? = nil) async throws -> [Finding] {
        let transport = try HTTPTransport(limits: TransportLimits(connectTimeout: .seconds(5)))
        defer { transport.shutdown() }
        let findings = await AccountExamination(
            account, adapter: try adapter(account), transport: transport, authorities: authorities
        ).findings()
        return findings.filter { $0.check.hasPrefix("webhook.") && $0.check != "webhook.address" }
    }

    @Test(
        "A gateway that is reached proves its secret and accepts the signature, and stores nothing",
        arguments: ["whatsapp-cloud", "kiosk"] as [AdapterKind])
    func good(kind: AdapterKind) async throws {
        try await PublicServer.run(try Self.gateway(Self.account(kind)), traits: Self.traits) { base, file in
            let findings = try await Self.findings(Self.account(kind, at: base))
            #expect(findings.allSatisfy { $0.level == .ok && $0.advice == nil }, "\(findings)")
            let handshake = kind == "kiosk" ? [] : ["webhook.handshake"]
            #expect(findings.map(\.check) == ["webhook.answer", "webhook.body", "webhook.signature"] + handshake)
            #expect(try file.counts() == [0, 0, 0, 0, 0])
        }
    }

    /// What stands in the way, and the finding that names it.
    struct Obstacle: Sendable, CustomTestStringConvertible {
        let check: String
        let words: String
        let testDescription: String
        let proxy: @Sendable (Request) async throws -> PublicServer.Passage

        init(_ name: String, _ check: String, _ words: String, _ proxy: @escaping @Sendable (Request) async throws -> PublicServer.Passage)
        {
            testDescription = name
            self.check = check
            self.words = words
            self.proxy = proxy
        }

        /// An answer of the proxy's own.
        init(_ status: Int, _ words: String, headers: HTTPFields = [:], body: String = "<html>") {
            self.init("\(status)", "webhook.answer", words) { _ in
                var headers = headers
                if let name = HTTPField.Name("Server") { headers[name] = "nginx" }
                return .answer(Response(status: .init(code: status), headers: headers, body: .init(byteBuffer: ByteBuffer(string: body))))
            }
        }
    }

    private static let obstacles = [
        Obstacle(404, "a proxy does not pass http://127.0.0.1"), Obstacle(403, "a proxy or firewall forbids the request"),
        Obstacle(401, "a proxy asks for a password"), Obstacle(413, "a proxy refuses the body"),
        Obstacle(502, "does not reach the gateway (502 by “nginx”)"),
        Obstacle(200, "another server than the gateway, “nginx”, answers 200 at"),
        Obstacle(
            301, "is redirected to https://other.example/webhooks/x?••• (301); providers do not follow redirects",
            headers: [.location: "https://other.example/webhooks/x?token=hidden"]),
        Obstacle(418, "answers 418 by “nginx”, which is not a gateway's answer"),
        Obstacle("a body written again", "webhook.body", "the body was changed on the way: 2073 bytes were sent, 2072 arrived") { request in
            var body = try await request.body.collect(upTo: 1 << 20)
            body.moveWriterIndex(to: body.writerIndex - 1)
            var head = request.head
            head.headerFields[.contentLength] = "\(body.readableBytes)"
            return .request(Request(head: head, body: RequestBody(buffer: body)))
        },
        Obstacle("a body of the same size", "webhook.body", "but not the same ones") { request in
            var body = try await request.body.collect(upTo: 1 << 20)
            body.setInteger(UInt8(ascii: "["), at: body.readerIndex)
            return .request(Request(head: request.head, body: RequestBody(buffer: body)))
        },
        Obstacle(
            "a header removed", "webhook.signature",
            "the gateway refuses a correctly signed webhook: the header x-hub-signature-256 is missing"
        ) { request in
            var head = request.head
            if let name = HTTPField.Name("x-hub-signature-256") { head.headerFields[name] = nil }
            return .request(Request(head: head, body: request.body))
        },
        Obstacle("the mark removed", "webhook.answer", "has another secret for this account, or is of an earlier version") { request in
            var head = request.head
            if let name = HTTPField.Name(TrialMark.header) { head.headerFields[name] = nil }
            // A gateway of an earlier version would store what is signed.
            let isSigned = HTTPField.Name("x-hub-signature-256").flatMap { head.headerFields[$0] } != nil
            return isSigned ? .answer(Response(status: .ok)) : .request(Request(head: head, body: request.body))
        },
        Obstacle("no GET", "webhook.handshake", "the handshake with verify_token is answered 405 instead of the challenge") { request in
            request.method == .get ? .answer(Response(status: .methodNotAllowed)) : .request(request)
        },
        Obstacle("a page for GET", "webhook.handshake", "the handshake with verify_token is answered 200 instead of the challenge") {
            request in
            request.method == .get
                ? .answer(Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "Welcome")))) : .request(request)
        },
        Obstacle("a path changed", "webhook.answer", "has no such account: no account is configured at this path") { request in
            var head = request.head
            head.path = "/webhooks/whatsapp-cloud/other"
            return .request(Request(head: head, body: request.body))
        },
    ]

    @Test("Whatever stands in the way is named, with what to do about it", arguments: obstacles)
    func obstacle(obstacle: Obstacle) async throws {
        try await PublicServer.run(try Self.gateway(Self.account()), traits: Self.traits, proxy: obstacle.proxy) { base, file in
            let failed = try await Self.findings(Self.account(at: base)).filter { $0.level != .ok }
            #expect(failed.map(\.check) == [obstacle.check] && failed.allSatisfy { $0.level == .fail && $0.advice != nil }, "\(failed)")
            #expect(failed.first?.message.contains(obstacle.words) == true, "\(failed)")
            #expect(!"\(failed)".contains("hidden"))
            #expect(try file.counts() == [0, 0, 0, 0, 0])
        }
    }

    @Test("A gateway with another secret is named as such")
    func otherSecret() async throws {
        let other = Self.account(secret: "another-secret-of-the-app")
        try await PublicServer.run(try Self.gateway(other), traits: Self.traits) { base, file in
            let failed = try await Self.findings(Self.account(at: base)).filter { $0.level != .ok }
            let expected = [
                "the gateway at \(base)/webhooks/whatsapp-cloud/main has another secret for this account, or is of an earlier version: it "
                    + "answers 401"
            ]
            #expect(failed.map(\.message) == expected)
            #expect(try file.counts() == [0, 0, 0, 0, 0])
        }
    }

    @Test("A server that repeats what a gateway once answered is not taken for the gateway")
    func replayed() async throws {
        let recorded = Mutex<ByteBuffer?>(nil)
        try await PublicServer.run(try Self.gateway(Self.account()), traits: Self.traits) { base, _ in
            let transport = try HTTPTransport()
            defer { transport.shutdown() }
            let account = Self.account(at: base)
            let key = try #require(TrialKey(secret: Self.secret))
            let trial = TrialRequest(account, adapter: try Self.adapter(account), key: key)
            let response = try await transport.send(trial.request(isSigned: false, at: .now).request)
            #expect(response.status == 200)
            recorded.withLock { $0 = ByteBuffer(bytes: response.body) }
        }
        let body = try #require(recorded.withLock { $0 })
        let front = CallbackResponder<BasicRequestContext> { _, _ in Response(status: .ok, body: .init(byteBuffer: body)) }
        try await PublicServer.serve(front) { port in
            let failed = try await Self.findings(Self.account(at: "http://127.0.0.1:\(port)")).filter { $0.level != .ok }
            #expect(failed.map(\.check) == ["webhook.answer"] && failed[0].message.hasPrefix("another server than the gateway answers 200"))
        }
    }

    @Test("A server that answers as a gateway would, without knowing the secret, is not taken for one")
    func forged() async throws {
        let front = CallbackResponder<BasicRequestContext> { request, _ in
            let mark = HTTPField.Name(TrialMark.header).flatMap { request.headers[$0] }?.split(separator: ".").map(String.init) ?? []
            guard mark.count == 5 else { return Response(status: .badRequest) }
            let proof = String(repeating: "0", count: 64)
            let answer =
                #"{"trial":"\#(mark[1])","bytes":2073,"sha256":"\#(mark[3])","authenticated":true,"proof":"\#(proof)"}"#
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: answer)))
        }
        try await PublicServer.serve(front) { port in
            let failed = try await Self.findings(Self.account(at: "http://127.0.0.1:\(port)"))
            #expect(failed.map(\.check) == ["webhook.answer"] && failed[0].level == .fail, "\(failed)")
        }
    }

    @Test("A name that does not exist and a port on which nothing listens are named")
    func connection() async throws {
        let dns = try await Self.findings(Self.account(at: "https://nowhere.invalid"))
        #expect(dns.map(\.check) == ["webhook.dns"] && dns[0].message.contains("https://nowhere.invalid/webhooks/"), "\(dns)")
        // Port 1 (tcpmux) is served by nobody.
        let tcp = try await Self.findings(Self.account(at: "http://127.0.0.1:1"))
        #expect(tcp.map(\.check) == ["webhook.tcp"] && tcp[0].message.hasPrefix("nothing accepts connections at"), "\(tcp)")
    }

    @Test("Each fault of a certificate is named; with a good one the trial delivery arrives")
    func tls() async throws {
        let certificates = try await TestCertificates()
        func failed(_ name: String, days: Int = 2, knowsAuthority: Bool = true) async throws -> String {
            let tls = try await certificates.server(for: name, days: days)
            let result = Mutex("")
            try await PublicServer.run(try Self.gateway(Self.account()), traits: Self.traits, tls: tls) { base, _ in
                let findings = try await Self.findings(
                    Self.account(at: base), authorities: knowsAuthority ? certificates.authority : nil)
                let text = findings.filter { $0.level != .ok }.map { "\($0.check): \($0.message)" }.joined(separator: "; ")
                result.withLock { $0 = text.replacing("\(base)/webhooks/whatsapp-cloud/main", with: "URL") }
            }
            return result.withLock { $0 }
        }
        #expect(try await failed("IP:127.0.0.1") == "")
        #expect(try await failed("IP:127.0.0.1", days: -1) == "webhook.tls: the certificate of URL has expired")
        #expect(try await failed("DNS:other.example") == "webhook.tls: the certificate of URL is for another host name")
        #expect(
            try await failed("IP:127.0.0.1", knowsAuthority: false)
                == "webhook.tls: the certificate of URL is not from an authority that this machine knows")
    }

    @Test("A server without TLS at an https URL is named as such")
    func noTLS() async throws {
        try await PublicServer.run(try Self.gateway(Self.account()), traits: Self.traits) { base, _ in
            let failed = try await Self.findings(Self.account(at: base.replacing("http://", with: "https://")))
            #expect(failed.map(\.check) == ["webhook.tls"] && failed[0].message.contains("the server does not speak TLS"), "\(failed)")
        }
    }

    @Test("A failure of the transport is assigned to its hop by libcurl's text", arguments: transportErrors)
    func hop(code: HTTPTransportError.Code, curl: Int, text: String, check: String) {
        let error = HTTPTransportError(code, curlCode: curl, message: text)
        let finding = Hop(WebhookAddress("https://hooks.example/webhooks/kiosk/lobby")).finding(of: error)
        #expect(finding.check == check && finding.level == .fail && finding.advice != nil, "\(finding)")
    }

    private static let transportErrors: [(HTTPTransportError.Code, Int, String, String)] = [
        (.timedOut, 28, "Resolving timed out after 10000 milliseconds", "webhook.dns"),
        (.timedOut, 28, "Connection timed out after 10001 milliseconds", "webhook.tcp"),
        (.timedOut, 28, "Failed to connect to hooks.example port 443 after 10001 ms: Timeout was reached", "webhook.tcp"),
        (.timedOut, 28, "SSL connection timeout", "webhook.tls"),
        (.timedOut, 28, "Operation timed out after 15001 milliseconds with 0 bytes received", "webhook.answer"),
        (.other, 52, "Empty reply from server", "webhook.answer"), (.other, 56, "Recv failure: Connection reset by peer", "webhook.answer"),
        (.unreachable, 6, "Could not resolve host: hooks.example", "webhook.dns"),
    ]

    @Test("Twilio's signature covers the URL, so a gateway with another public URL refuses it, and says so")
    func twilio() async throws {
        try await PublicServer.run(try Self.gateway(Self.account("twilio", at: "https://hooks.example")), traits: Self.traits) {
            base, file in
            let failed = try await Self.findings(Self.account("twilio", at: base)).filter { $0.level != .ok }
            #expect(failed.map(\.check) == ["webhook.signature"] && failed[0].message.contains("public_url in the settings"), "\(failed)")
            #expect(try file.counts() == [0, 0, 0, 0, 0])
        }
    }

    @Test("If the clocks differ, that is named instead of the secret")
    func clock() {
        let body = Array(#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"the header x is missing"}"#.utf8)
        let headers = [HTTPField("content-type", "application/problem+json"), HTTPField("date", "Sat, 28 Nov 2026 12:00:00 GMT")]
        let hop = Hop(WebhookAddress("https://hooks.example/webhooks/kiosk/lobby"))
        func message(_ minutes: Int) -> String {
            let now = Instant(milliseconds: 1_795_867_200_000).adding(.seconds(60 * minutes))
            return hop.finding(of: IncomingResponse(status: 401, headers: headers, body: body), at: now).message
        }
        #expect(message(-60) == "the clocks of this machine and of https://hooks.example/webhooks/kiosk/lobby differ by 3600 seconds")
        #expect(message(1).contains("has another secret for this account"))
    }
}
