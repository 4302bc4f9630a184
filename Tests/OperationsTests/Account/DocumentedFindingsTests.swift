import Foundation
import HTTPTransport
import Messaging
import Supabase
import SwitchboardTesting
import Synchronization
import Testing
import WhatsAppCloud

@testable import Operations

@Suite("Docs/WhatsApp.md")
struct DocumentedFindingsTests {
    private static let secret = "3a024b440a5dd956b061eb01c6b9d90e"
    private static let url = "https://hooks.example/webhooks/whatsapp-cloud/main"
    private static let app = "\(GraphStandIn.app)/subscriptions"
    private static let waba = "\(GraphStandIn.waba)/subscribed_apps"
    private static let numbers = "\(GraphStandIn.waba)/phone_numbers"

    /// What is wrong at Meta in the tables of the document.
    private static let standIns: [GraphStandIn] = {
        let good = GraphStandIn(secret: secret, url: url)
        return [
            good, GraphStandIn(secret: "another secret", url: url), good.with("debug_token", "\"is_valid\":true", "\"is_valid\":false"),
            good.with("debug_token", "\"expires_at\":0", "\"expires_at\":1795953600"),
            good.with("debug_token", ",\"whatsapp_business_messaging\"]", "]"), good.with(app, "whatsapp_business_account", "page"),
            good.with(app, "\"active\":true", "\"active\":false"), good.with(app, #"{"name":"messages","version":"v26.0"},"#, ""),
            good.with(app, "\"fields\":", "\"other\":"), good.with(waba, "\"id\":\"\(GraphStandIn.app)\"", "\"id\":\"1\""),
            good.with(waba, answer: #"{"data":[]}"#),
            good.with(waba, "Shrub\"}}", "Shrub\"},\"override_callback_uri\":\"https://old.example/hook\"}"),
            good.with(numbers, "{\"application\":", "{\"phone_number\":\"https://old.example/hook\",\"application\":"),
            good.with(numbers, url, "https://old.example/hook"), good.with(numbers, "CLOUD_API", "NOT_APPLICABLE"),
            good.with(numbers, "CONNECTED", "BANNED"), good.with(numbers, answer: #"{"data":[]}"#),
            good.with(numbers, answer: #"403{"error":{"message":"(#10) no permission","code":10}}"#),
        ]
    }()

    private static func account(_ api: [String: String]) -> Account {
        Account(
            adapter: "whatsapp-cloud", name: "main", secrets: [Secret(secret)], publicURL: "https://hooks.example",
            api: api.mapValues { Secret($0) })
    }

    /// The findings about an account, as doctor shows them, with a Graph API over loopback.
    private func findings(_ standIn: GraphStandIn) async throws -> [Finding] {
        let result = Mutex<[Finding]>([])
        try await PublicServer.serve(standIn.responder) { port in
            let account = Self.account(["graph_token": GraphStandIn.token, "api_url": "http://127.0.0.1:\(port)/v26.0"])
            let transport = try HTTPTransport()
            defer { transport.shutdown() }
            let examination = AccountExamination(
                account, adapter: try WhatsAppCloudAdapter(account: account), transport: transport,
                now: { Instant(milliseconds: 1_795_867_200_000) })
            let asked = await examination.providerFindings()
            result.withLock { $0 = asked }
        }
        return result.withLock { $0 }
    }

    /// What doctor says about a webhook that does not arrive; the messages that need a gateway are those of RoundTripTests.
    private static var hops: [String] {
        let hop = Hop(WebhookAddress(url))
        let errors = [
            HTTPTransportError(.unreachable, curlCode: 6, message: "Could not resolve host: hooks.example"),
            HTTPTransportError(.unreachable, curlCode: 7, message: "Failed to connect to hooks.example port 443"),
            HTTPTransportError(.timedOut, curlCode: 28, message: "Connection timed out after 10001 milliseconds"),
        ]
        let certificates = ["certificate has expired", "unable to get local issuer certificate"].map {
            HTTPTransportError(.tls, curlCode: 60, message: "SSL certificate problem: \($0)")
        }
        let name = HTTPTransportError(
            .tls, curlCode: 60, message: "SSL: no alternative certificate subject name matches target host name 'hooks.example'")
        let problem = Array(#"{"type":"about:blank","status":401,"detail":"the header x-hub-signature-256 is missing"}"#.utf8)
        let answers =
            [200, 401, 403, 404, 502].map { IncomingResponse(status: $0) } + [
                IncomingResponse(status: 301, headers: [HTTPField("location", "https://www.hooks.example/")]),
                IncomingResponse(status: 401, headers: [HTTPField("content-type", "application/problem+json")], body: problem),
            ]
        return (errors + certificates + [name]).map { hop.finding(of: $0).message } + answers.map { hop.finding(of: $0, at: .now).message }
    }

    private static let ofGateway = [
        "the handshake with verify_token is answered 403 instead of the challenge",
        "the gateway refuses a correctly signed webhook: the header x-hub-signature-256 is missing",
        "the body was changed on the way: 2073 bytes were sent, 2072 arrived",
        "graph_token is not set, so Meta was not asked about this account",
    ]

    @Test("Each sentence that it quotes is one of doctor's, and none of doctor's shows a token")
    func quotes() async throws {
        var messages = Set(Self.hops + Self.ofGateway)
        for standIn in Self.standIns {
            let findings = try await findings(standIn)
            #expect(!"\(findings)".contains(GraphStandIn.token) && !"\(findings)".contains(Self.secret))
            messages.formUnion(findings.map(\.message))
        }
        let quotes = try Self.quotes()
        #expect(quotes.count > 30)
        for quote in quotes { #expect(messages.contains(quote), "\(quote)") }
    }

    @Test("With a Graph API in order, nothing is wrong")
    func good() async throws {
        let findings = try await findings(GraphStandIn(secret: Self.secret, url: Self.url))
        #expect(findings.count == 7 && findings.allSatisfy { $0.level == .ok }, "\(findings)")
    }

    @Test("A token that a provider repeats is masked in messages and advice")
    func masked() async throws {
        let answer = #"400{"error":{"message":"no access with \#(GraphStandIn.token)","code":200}}"#
        let findings = try await findings(GraphStandIn(secret: Self.secret, url: Self.url).with(Self.waba, answer: answer))
        let finding = try #require(findings.first { $0.check == "meta.api" })
        #expect(finding.message.contains("no access with •••") && !"\(findings)".contains(GraphStandIn.token))
    }

    /// The last column of the tables headed `doctor says`.
    private static func quotes() throws -> [String] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../Docs/WhatsApp.md").path
        var quotes: [String] = []
        var isTable = false
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isTable = false
                continue
            }
            if line.contains("| doctor says |") { isTable = true }
            guard isTable, let start = line.firstIndex(of: "`"), let end = line.lastIndex(of: "`"), start < end else { continue }
            quotes.append(String(line[line.index(after: start)..<end]))
        }
        return quotes
    }
}
