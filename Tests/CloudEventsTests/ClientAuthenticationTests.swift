import CloudEvents
import Messaging
import Signing
import Testing

@Suite("How clients are authenticated")
struct ClientAuthenticationTests {
    private let now = Instant(milliseconds: 1_795_370_400_500)
    private let body = Array(#"{"specversion":"1.0"}"#.utf8)

    @Test("A signature is valid for five minutes before and after its time", arguments: [-300, -299, 0, 299, 300])
    func tolerates(seconds: Int64) throws {
        let delivery = try signed(at: now.adding(.seconds(seconds)))
        #expect(try authentication().authenticate(delivery, at: now) == .signature)
    }

    @Test("A signature that is older or later than that is stale", arguments: [-301, 301, -86_400])
    func staleness(seconds: Int64) throws {
        let delivery = try signed(at: now.adding(.seconds(seconds)))
        #expect(throws: AuthenticationError(.stale, header: "webhook-timestamp")) {
            try authentication().authenticate(delivery, at: now)
        }
    }

    @Test("A time that is not a number of seconds is malformed", arguments: ["", "now", "1795370400.5", "99999999999999999999", "0x10"])
    func timestamps(text: String) throws {
        let delivery = try signed().replacing("webhook-timestamp", with: text)
        #expect(throws: AuthenticationError(.malformed, header: "webhook-timestamp")) {
            try authentication().authenticate(delivery, at: now)
        }
    }

    @Test("The earliest and latest times that a number can express are stale and cause no crash", arguments: [Int64.min, Int64.max])
    func furthestTimes(seconds: Int64) throws {
        let delivery = try signed().replacing("webhook-timestamp", with: String(seconds))
        #expect(throws: AuthenticationError(.stale, header: "webhook-timestamp")) {
            try authentication().authenticate(delivery, at: now)
        }
    }

    @Test("The signature also covers the time and the id", arguments: [("webhook-id", "msg_1"), ("webhook-timestamp", "1795370401")])
    func signsHeaders(name: String, value: String) throws {
        let delivery = try signed().replacing(name, with: value)
        #expect(throws: AuthenticationError(.mismatch, header: "webhook-signature")) {
            try authentication().authenticate(delivery, at: now)
        }
    }

    @Test("One good signature among several is enough", arguments: ["v1,AAAA %", "% v1,AAAA", "v1a,BBBB % v2,CCCC"])
    func severalSignatures(pattern: String) throws {
        var delivery = try signed()
        let good = try #require(delivery.header("webhook-signature"))
        delivery = delivery.replacing(
            "webhook-signature", with: pattern.split(separator: "%", omittingEmptySubsequences: false).joined(separator: good))
        #expect(try authentication().authenticate(delivery, at: now) == .signature)
    }

    @Test("A session's token without a signature is returned as the proof")
    func token() throws {
        let delivery = unsigned(Delivery.Header("X-Session-Token", "a-token-of-asha"))
        #expect(try authentication().authenticate(delivery, at: now) == .sessionToken(Secret("a-token-of-asha")))
    }

    @Test("If there are both a signature and a token, the signature counts")
    func tokenBesideSignature() throws {
        var delivery = try signed()
        delivery.headers.append(Delivery.Header("X-Session-Token", "a-token-of-asha"))
        #expect(try authentication().authenticate(delivery, at: now) == .signature)
        #expect(throws: AuthenticationError(.mismatch, header: "webhook-signature")) {
            try authentication().authenticate(delivery.replacing("webhook-signature", with: "v1,AAAA"), at: now)
        }
    }

    @Test("A request without token and signature is refused")
    func nothing() throws {
        #expect(throws: AuthenticationError(.missing, header: "webhook-signature")) {
            try authentication().authenticate(unsigned(), at: now)
        }
    }

    @Test(
        "A header that cannot be a token is malformed",
        arguments: ["", "1234567", String(repeating: "a", count: 257), "with a space", "semi;colon", "•••"])
    func impossibleTokens(token: String) throws {
        #expect(throws: AuthenticationError(.malformed, header: "x-session-token")) {
            try authentication().authenticate(unsigned(Delivery.Header("X-Session-Token", token)), at: now)
        }
    }

    @Test(
        "Tokens made by Switchboard, and those of tables made by hand, are passed on",
        arguments: [
            "RjsDZNdJ3mJ_wDO0vKpw4sT7Nq1cPv7gYFqeyPbQ-4c", "0193a1b2-77aa-7f00-8000-0123456789ab", "12345678",
            String(repeating: "a", count: 256), "eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "abc/def+ghi=", "sess:0123~4",
        ])
    func possibleTokens(token: String) throws {
        let delivery = unsigned(Delivery.Header("X-Session-Token", token))
        #expect(try authentication().authenticate(delivery, at: now) == .sessionToken(Secret(token)))
    }

    @Test(
        "The account decides whether a token is accepted; if it does not say, the adapter decides",
        arguments: [(nil, true, true), (nil, false, false), (true, false, true), (false, true, false)] as [(Bool?, Bool, Bool)])
    func accepted(ofAccount: Bool?, ofAdapter: Bool, isAccepted: Bool) throws {
        let account = Account(adapter: "chat", name: "main", secrets: [secret], acceptsSessionTokens: ofAccount)
        let authentication = try ClientAuthentication(account: account, acceptsTokens: ofAdapter)
        let delivery = unsigned(Delivery.Header("X-Session-Token", "a-token-of-asha"))
        if isAccepted {
            #expect(try authentication.authenticate(delivery, at: now) == .sessionToken(Secret("a-token-of-asha")))
        } else {
            #expect(throws: AuthenticationError(.unaccepted, header: "x-session-token")) {
                try authentication.authenticate(delivery, at: now)
            }
        }
    }

    @Test(
        "A header used for authentication that occurs twice is refused",
        arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"])
    func repeated(name: String) throws {
        var delivery = try signed()
        delivery.headers += delivery.headers.filter { $0.name == name }
        #expect(throws: AuthenticationError(.repeated, header: name)) { try authentication().authenticate(delivery, at: now) }
        let token = Delivery.Header("X-Session-Token", "a-token-of-asha")
        #expect(throws: AuthenticationError(.repeated, header: "x-session-token")) {
            try authentication().authenticate(unsigned(token, token), at: now)
        }
    }

    @Test("The same body always gets the same message id")
    func sameID() throws {
        let one = try authentication().signatureHeaders(for: unsigned(), at: now)
        let other = try authentication().signatureHeaders(for: unsigned(), at: now.adding(.seconds(60)))
        #expect(one[0] == other[0])
        #expect(one[0].value == "msg_" + Hex.encode(Array(Digest.sha256(body).prefix(16))))
        #expect(one.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(one[1].value == "1795370400")
        #expect(one[2] != other[2])
    }

    @Test("A secret must be whsec_ and Base64 of 24 bytes", arguments: ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_*"])
    func secrets(text: String) {
        let account = Account(adapter: "chat", name: "main", secrets: [secret, Secret(text)])
        #expect(throws: AccountError(setting: "secrets[1]", reason: "must be whsec_ and Base64 of at least 24 bytes")) {
            try ClientAuthentication(account: account, acceptsTokens: true)
        }
    }

    private let secret = Secret("whsec_" + Base64.encode(Array("six times four makes 24!".utf8)))

    private func authentication() throws -> ClientAuthentication {
        try ClientAuthentication(account: Account(adapter: "chat", name: "main", secrets: [secret]), acceptsTokens: true)
    }

    private func unsigned(_ headers: Delivery.Header...) -> Delivery {
        Delivery(adapter: "chat", account: "main", receivedAt: now, target: "/webhooks/chat/main", headers: headers, body: body)
    }

    private func signed(at time: Instant? = nil) throws -> Delivery {
        var delivery = unsigned()
        delivery.headers += try authentication().signatureHeaders(for: delivery, at: time ?? now)
        return delivery
    }
}

extension Delivery {
    fileprivate func replacing(_ name: String, with value: String) -> Delivery {
        var changed = self
        changed.headers = headers.map { $0.name == name ? Header(name, value) : $0 }
        return changed
    }
}
