import AdapterConformance
import Dialog360
import Messaging
import Testing

@Suite("The 360dialog adapter")
struct Dialog360AdapterTests {
    private let conformance = AdapterConformance<Dialog360Adapter>(
        signatureHeader: "x-360dialog-signature",
        message: { body(text("1", $0)) },
        unknownType: body(#"{"from":"919876543210","id":"1","timestamp":"1795370399","type":"hologram","hologram":{"body":"Hello"}}"#),
        batch: body(text("1", "One"), #"{"from":"919876543210","type":"text"}"#, text("3", "Three")), neighbours: 2)

    private static let header = "x-360dialog-signature"
    private static let envelope = body(text("1", "Hello"))

    @Test("It keeps the rules of every adapter", arguments: ConformanceRule.allCases)
    func keeps(_ rule: ConformanceRule) throws { try conformance.check(rule) }

    @Test("A capture gives the events beside it", arguments: try Fixture.all(of: "Dialog360"))
    func reads(_ fixture: Fixture) throws { try fixture.check(with: Dialog360Adapter(account: account())) }

    @Test("The signature is the body's HMAC without a prefix, in hexadecimal of either case")
    func signature() throws {
        // Computed by `openssl dgst -sha256 -hmac "the platform secret"`.
        let code = "4950c93eca39a951b7c7323b481f83d6fd0593b44fb39c9988117c78ee0885f3"
        for shown in [code, code.uppercased()] {
            #expect(try proof(by: account(), [.init(Self.header, shown)], body: #"{"entry":[]}"#) == .signature)
        }
        for malformed in ["sha256=\(code)", String(code.dropLast()), "\(code)00", ""] {
            #expect(throws: AuthenticationError(.malformed, header: Self.header)) {
                try proof(by: account(), [.init(Self.header, malformed)], body: #"{"entry":[]}"#)
            }
        }
    }

    @Test(
        "A direct client is authenticated by any of the secrets in the header that the settings name",
        arguments: [
            ("x-api-key", "the first secret", "the first secret"), ("x-api-key", "the first secret", "the second secret"),
            ("authorization", "Bearer the:token", "Bearer the:token"), ("authorization", "plain-token", "plain-token"),
            ("authorization", "user:password", "Basic dXNlcjpwYXNzd29yZA=="),
            ("authorization", "user:password", "basic dXNlcjpwYXNzd29yZA=="),
            ("x-api-key", "user:password", "user:password"),
        ])
    func secretHeader(name: String, secret: String, shown: String) throws {
        let account = account([secret, "the second secret"], header: name)
        #expect(try proof(by: account, [.init(name, shown)]) == .signature)
        let wrong = AuthenticationError(.wrongSecret, header: name)
        for other in ["", "x\(shown)", String(shown.dropLast()), shown + "x", "the third secret", "Basic dXNlcjpvdGhlcg=="] {
            #expect(throws: wrong, "\(other)") { try proof(by: account, [.init(name, other)]) }
        }
        #expect(throws: AuthenticationError(.missing, header: name)) { try proof(by: account, []) }
        let right = Delivery.Header(name, shown)
        #expect(throws: AuthenticationError(.repeated, header: name)) { try proof(by: account, [right, right]) }
    }

    @Test("An account with a secret header accepts no signature, and an account without one accepts no secret in a header")
    func oneProof() throws {
        let direct = account(header: "x-api-key")
        let signature = try Dialog360Adapter(account: account()).signatureHeaders(for: delivery(Self.envelope, []), at: now)
        #expect(throws: AuthenticationError(.missing, header: "x-api-key")) { try proof(by: direct, signature) }
        #expect(throws: AuthenticationError(.missing, header: Self.header)) {
            try proof(by: account(), [.init("x-api-key", "the platform secret")])
        }
    }

    @Test(
        "Signing puts the first secret into the header, as a direct client does",
        arguments: [("x-api-key", "a:b"), ("authorization", "Basic YTpi")])
    func showing(name: String, value: String) throws {
        let adapter = try Dialog360Adapter(account: account(["a:b", "c:d"], header: name))
        #expect(adapter.signatureHeaders(for: delivery(Self.envelope, []), at: now) == [Delivery.Header(name, value)])
    }

    @Test("No error contains the secret that a header should have")
    func discreet() throws {
        let error = try #require(throws: AuthenticationError.self) {
            try proof(by: account(header: "x-api-key"), [.init("x-api-key", "another")])
        }
        #expect(
            !String(reflecting: error).contains("platform")
                && error.description == "the header x-api-key holds none of the account's secrets")
    }

    @Test("A partner's event becomes a notice with the event's name and all of its content")
    func partner() throws {
        let body = #"{"id":"e-1","event":"channel_running","data":{"id":"CH"},"extra":1}"#
        let events = try Dialog360Adapter(account: account()).events(in: delivery(body, []))
        #expect(
            events == [Event(externalID: "e-1", channel: .whatsapp, effect: .none, content: .notice(type: "channel_running", data: body))])
    }

    @Test("An account without a secret, or with an empty one, is refused", arguments: [([], "secrets"), (["a secret", ""], "secrets[1]")])
    func secretsAreNeeded(secrets: [String], setting: String) throws {
        for header in [nil, "x-api-key"] {
            let error = try #require(throws: AccountError.self) { try Dialog360Adapter(account: account(secrets, header: header)) }
            #expect(error.setting == setting)
        }
    }

    private let now = Instant(milliseconds: 1_795_348_800_000)

    private func account(_ secrets: [String] = ["the platform secret"], header: String? = nil) -> Account {
        Account(adapter: "360dialog", name: "main", secrets: secrets.map { Secret($0) }, secretHeader: header)
    }

    private func delivery(_ body: String, _ headers: [Delivery.Header]) -> Delivery {
        Delivery(
            adapter: "360dialog", account: "main", receivedAt: now, target: "/webhooks/360dialog/main", headers: headers,
            body: Array(body.utf8))
    }

    private func proof(by account: Account, _ headers: [Delivery.Header], body: String = Self.envelope) throws -> Proof {
        try Dialog360Adapter(account: account).authenticate(delivery(body, headers), at: now)
    }
}

private func text(_ id: String, _ text: String) -> String {
    #"{"from":"919876543210","id":"\#(id)","timestamp":"1795370399","type":"text","text":{"body":"\#(text)"}}"#
}

private func body(_ messages: String...) -> String {
    #"{"entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[\#(messages.joined(separator: ","))]}}]}]}"#
}
