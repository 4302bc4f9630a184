import Messaging
import Signing
import Testing
import Twilio

@Suite("Twilio's signatures")
struct SignatureTests {
    private static let header = "x-twilio-signature"
    private static let settings = "x-twilio-webhooks-signature-settings"
    private static let url = "https://hooks.example/webhooks/twilio/main"

    private func signature(_ signed: String, by secret: String = "the auth token", _ algorithm: HMACKey.Algorithm = .sha1) throws -> String
    {
        Base64.encode(try #require(HMACKey(Array(secret.utf8), algorithm)).authenticationCode(for: Array(signed.utf8)))
    }

    private func proof(of delivery: Delivery, publicURL: String = "https://hooks.example") throws -> Proof {
        try TwilioAdapter(account: .testing(publicURL: publicURL)).authenticate(delivery, at: .testing)
    }

    private func expectRefusal(_ delivery: Delivery, _ code: AuthenticationError.Code = .mismatch, header: String = Self.header) {
        let error = #expect(throws: AuthenticationError(code, header: header)) { try proof(of: delivery) }
        #expect(error?.description.contains("public_url") == (error?.code == .mismatch))
    }

    private func signed(_ body: String, as signedFields: String, target: String = "/webhooks/twilio/main") throws -> Delivery {
        let code = try signature("https://hooks.example\(target)\(signedFields)")
        return .testing(body, target: target, headers: [Delivery.Header(Self.header, code)])
    }

    @Test("The example of Twilio's documentation is authentic (Secure webhooks, twilio.com, read 2026-11)")
    func documented() throws {
        let body = "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212"
        let delivery = Delivery.testing(
            body, target: "/myapp.php?foo=1&bar=2", headers: [Delivery.Header(Self.header, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")])
        let adapter = try TwilioAdapter(account: .testing(secrets: ["12345"], publicURL: "https://mycompany.com"))
        #expect(try adapter.authenticate(delivery, at: .testing) == .signature)
    }

    @Test(
        "The URL may be signed with or without its port, but in no other spelling",
        arguments: [
            ("https://hooks.example", "https://hooks.example:443"), ("http://hooks.example", "http://hooks.example:80"),
            ("https://hooks.example:443/in", "https://hooks.example/in"), ("https://hooks.example:8443", "https://hooks.example"),
            ("https://[::1]:8443", "https://[::1]"), ("https://[::1]", "https://[::1]:443"),
        ])
    func ports(publicURL: String, other: String) throws {
        for base in [publicURL, other] {
            let code = try signature("\(base)/webhooks/twilio/main?a=%20bBodyHi")
            let delivery = Delivery.testing("Body=Hi", target: "/webhooks/twilio/main?a=%20b", headers: [.init(Self.header, code)])
            #expect(try proof(of: delivery, publicURL: publicURL) == .signature, "\(base)")
        }
        for base in ["https://elsewhere.example", "\(publicURL):1", publicURL.replacing("://", with: "s://"), ""] {
            let code = try signature("\(base)/webhooks/twilio/mainBodyHi")
            let delivery = Delivery.testing("Body=Hi", headers: [.init(Self.header, code)])
            #expect(throws: AuthenticationError.self, "\(base)") { try proof(of: delivery, publicURL: publicURL) }
        }
    }

    @Test(
        "Parameters are signed sorted by name, decoded, equal ones once",
        arguments: [
            ("b=2&a=1", "a1b2"), ("a=2&a=1&a=2", "a1a2"), ("B=1&a=2", "B1a2"), ("a=&b", "ab"), ("a=x%20y%2Bz+1", "ax y+z 1"),
            ("%61=%C3%A9", "aé"), ("", ""), ("é=1&z=2", "z2é1"), ("a=1&&b=2&", "a1b2"),
        ])
    func parameters(body: String, signedAs: String) throws {
        #expect(try proof(of: signed(body, as: signedAs)) == .signature)
        expectRefusal(try signed(body + "&c=3", as: signedAs))
        expectRefusal(try signed(body, as: signedAs + "c3"))
    }

    @Test("Bytes that are not UTF-8 are signed unchanged")
    func bytes() throws {
        var delivery = try signed("a=%FF", as: "")
        let key = try #require(HMACKey(Array("the auth token".utf8), .sha1))
        let code = Base64.encode(key.authenticationCode(for: Array("\(Self.url)a".utf8) + [0xFF]))
        delivery.headers = [.init("content-type", Delivery.formType), .init(Self.header, code)]
        #expect(try proof(of: delivery) == .signature)
    }

    @Test("A form with more fields than Twilio posts is never authentic", arguments: [(1000, true), (1001, false)])
    func fields(count: Int, isAuthentic: Bool) throws {
        let names = (0..<count).map { "a\(1_000_000 + $0)" }
        let delivery = try signed(names.joined(separator: "&"), as: names.joined())
        if isAuthentic { #expect(try proof(of: delivery) == .signature) } else { expectRefusal(delivery) }
    }

    @Test(
        "A body in another form is covered by its digest in the URL",
        arguments: ["application/json", "application/json; charset=utf-8", "text/plain"])
    func json(type: String) throws {
        let body = #"{"MessageSid":"SM1"}"#
        let digest = Hex.encode(Digest.sha256(Array(body.utf8)))
        for query in ["?bodySHA256=\(digest)", "?a=1&bodySHA256=\(digest)", "?bodySHA256=\(digest.uppercased())&b=2"] {
            let target = "/webhooks/twilio/main\(query)"
            var delivery = try signed(body, as: "", target: target)
            delivery.headers[0] = .init("content-type", type)
            #expect(try proof(of: delivery) == .signature)
            var tampered = delivery
            tampered.body.append(0x20)
            expectRefusal(tampered)
        }
        for query in ["", "?bodySHA256=", "?bodySHA256=\(digest.dropLast())", "?other=\(digest)"] {
            var delivery = try signed(body, as: "", target: "/webhooks/twilio/main\(query)")
            delivery.headers[0] = .init("content-type", type)
            expectRefusal(delivery)
        }
    }

    @Test("A form is not covered by a digest in the URL alone")
    func formWithDigest() throws {
        let body = "MessageSid=SM1"
        let target = "/webhooks/twilio/main?bodySHA256=\(Hex.encode(Digest.sha256(Array(body.utf8))))"
        expectRefusal(try signed(body, as: "", target: target))
        #expect(try proof(of: signed(body, as: "MessageSidSM1", target: target)) == .signature)
    }

    @Test(
        "The header of a shared key names the digest of the signature",
        arguments: [
            ("key=webhooks_sharedkey_01,algorithm=HMAC_SHA256", HMACKey.Algorithm.sha256),
            ("algorithm=hmac_sha256, key=webhooks_sharedkey_01", .sha256), ("key=webhooks_sharedkey_01,algorithm=HMAC_SHA1", .sha1),
            ("key=webhooks_sharedkey_01", .sha1), ("", .sha1),
        ])
    func sharedKeys(settings: String, algorithm: HMACKey.Algorithm) throws {
        for secret in ["the auth token", "the next auth token"] {
            for used in HMACKey.Algorithm.allCases {
                let code = try signature("\(Self.url)BodyHi", by: secret, used)
                let delivery = Delivery.testing("Body=Hi", headers: [.init(Self.header, code), .init(Self.settings, settings)])
                if used == algorithm { #expect(try proof(of: delivery) == .signature) } else { expectRefusal(delivery, .malformed) }
            }
        }
    }

    @Test("An unknown digest, and a header that occurs twice, are refused with the header's name")
    func wrongSettings() throws {
        let code = try signature("\(Self.url)BodyHi")
        let signature = Delivery.Header(Self.header, code)
        let unknown = Delivery.Header(Self.settings, "key=k,algorithm=HMAC_MD5")
        expectRefusal(.testing("Body=Hi", headers: [signature, unknown]), .malformed, header: Self.settings)
        let sha1 = Delivery.Header(Self.settings, "algorithm=HMAC_SHA1")
        expectRefusal(.testing("Body=Hi", headers: [signature, sha1, sha1]), .repeated, header: Self.settings)
    }

    @Test("We sign with the first secret as Twilio would, and add the digest of a body that is not a form to the query")
    func signing() throws {
        let adapter = try TwilioAdapter(account: .testing())
        let form = adapter.signed(.testing("b=2&a=1", headers: [.init(Self.header, "old")]), at: .testing)
        #expect(try form.headers.filter { $0.name == Self.header }.map(\.value) == [signature("\(Self.url)a1b2")])
        #expect(form.target == "/webhooks/twilio/main")
        let digest = Hex.encode(Digest.sha256(Array("{}".utf8)))
        for (target, expected) in [("", "?bodySHA256=\(digest)"), ("?a=1&bodySHA256=old&b=2", "?a=1&b=2&bodySHA256=\(digest)")] {
            let json = adapter.signed(.testing("{}", type: "application/json", target: "/webhooks/twilio/main\(target)"), at: .testing)
            #expect(json.target == "/webhooks/twilio/main\(expected)")
            #expect(try adapter.authenticate(json, at: .testing) == .signature)
        }
    }
}
