import Messaging
import Testing
import WhatsAppCloud

/// The signatures were computed by another implementation of HMAC-SHA256.
@Suite("Signatures")
struct SignatureTests {
    let adapter: WhatsAppCloudAdapter

    init() throws { adapter = try WhatsAppCloudAdapter(account: .testing) }

    private static let body = #"{"entry":[]}"#
    private static let code = "fe6aaed5aff30b5679e782271914a2287bdd7de6bedb495c95c24ad91e5e3fdb"

    private func delivery(_ signature: String?, body: String = Self.body) -> Delivery {
        .testing(body, headers: signature.map { [Delivery.Header("X-Hub-Signature-256", $0)] } ?? [])
    }

    @Test(
        "A body signed with any of the secrets is authentic",
        arguments: [
            (body, code),
            (body, "e96ed9a6f863cd2fbc193ddfaf857c2e96d49aefd19bb5705f27408ba6b27b45"),
            ("", "f685db4c946698bf105ff5b62e30bc1f78216f3914b12bb750f8992aa6748824"),
            (#"{"text":"Namaste \ud83d\ude4f \/"}"#, "e43da69035706297b7e6871e34ef84c20ea65dd7ed9120220e222f7fb1a07a73"),
            (body, code.uppercased()),
        ])
    func authentic(body: String, code: String) throws {
        #expect(try adapter.authenticate(delivery("sha256=\(code)", body: body), at: .testing) == .signature)
    }

    @Test("An unsigned body is refused")
    func missing() {
        #expect(throws: AuthenticationError(.missing, header: "x-hub-signature-256")) {
            try adapter.authenticate(delivery(nil), at: .testing)
        }
    }

    @Test(
        "A signature of another form is refused",
        arguments: ["", "sha256=", code, "sha1=\(code)", "sha256=\(code.dropLast())", "sha256=\(code)00", "sha256=\(code.dropLast())g"])
    func malformed(signature: String) {
        #expect(throws: AuthenticationError(.malformed, header: "x-hub-signature-256")) {
            try adapter.authenticate(delivery(signature), at: .testing)
        }
    }

    @Test("A forged signature is refused", arguments: [String(repeating: "0", count: 64), String(code.reversed())])
    func forged(code: String) {
        #expect(throws: AuthenticationError(.mismatch, header: "x-hub-signature-256")) {
            try adapter.authenticate(delivery("sha256=\(code)"), at: .testing)
        }
    }

    @Test("A body is refused as soon as one of its bytes was changed", arguments: Array(body.utf8).indices)
    func tampered(index: Int) {
        var delivery = delivery("sha256=\(Self.code)")
        delivery.body[index] ^= 1
        #expect(throws: AuthenticationError(.mismatch, header: "x-hub-signature-256")) {
            try adapter.authenticate(delivery, at: .testing)
        }
    }

    @Test("The signature of the same JSON with its escapes resolved is refused")
    func rewrittenBody() {
        #expect(throws: AuthenticationError(.mismatch, header: "x-hub-signature-256")) {
            try adapter.authenticate(
                delivery("sha256=e43da69035706297b7e6871e34ef84c20ea65dd7ed9120220e222f7fb1a07a73", body: #"{"text":"Namaste 🙏 /"}"#),
                at: .testing)
        }
    }

    @Test("No error contains the right signature or a secret", arguments: [nil, "sha256=", "sha256=" + String(repeating: "0", count: 64)])
    func errorsTellNothing(signature: String?) throws {
        let error = try #require(throws: AuthenticationError.self) { try adapter.authenticate(delivery(signature), at: .testing) }
        #expect(!"\(error)".contains(Self.code.prefix(8)))
        #expect(!String(reflecting: error).contains(Self.code.prefix(8)))
        #expect(!String(reflecting: error).contains("app-secret"))
    }

    @Test("Signing uses the first secret, as Meta would")
    func signing() throws {
        let headers = adapter.signatureHeaders(for: delivery(nil), at: .testing)
        #expect(headers == [Delivery.Header("x-hub-signature-256", "sha256=\(Self.code)")])
        #expect(try adapter.authenticate(.testing(Self.body, headers: headers), at: .testing) == .signature)
    }

    @Test(
        "An account without a secret, or with an empty one, is refused", arguments: [([], "secrets"), (["app-secret", ""], "secrets[1]")])
    func secretsAreNeeded(secrets: [String], setting: String) throws {
        let account = Account(adapter: "whatsapp-cloud", name: "main", secrets: secrets.map { Secret($0) })
        let error = try #require(throws: AccountError.self) { try WhatsAppCloudAdapter(account: account) }
        #expect(error.setting == setting)
    }
}
