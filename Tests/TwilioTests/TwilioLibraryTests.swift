import AdapterConformance
import Forms
import Foundation
import JSON
import Messaging
import Signing
import SwitchboardTesting
import Testing
import Twilio

/// Twilio's own library from PyPI, `twilio`: the adapter accepts its signatures, and it accepts the adapter's.
@Suite("Twilio's own library")
struct TwilioLibraryTests {
    private static let header = "x-twilio-signature"
    private static let settings = "x-twilio-webhooks-signature-settings"

    /// A delivery, and how it is to be signed.
    private struct Case {
        let delivery: Delivery
        let secret: String
        let algorithm: String
        /// The URL that is passed to the library.
        let url: String
    }

    private static let secrets = ["the auth token", "the next auth token"]
    private static let publicURLs = ["https://hooks.example", "http://hooks.example:80", "https://hooks.example:8443/switchboard"]

    @Test(
        "The adapter accepts what the library signs, refuses it after a change, and signs so that the library accepts it",
        arguments: publicURLs)
    func agree(publicURL: String) async throws {
        let adapter = try TwilioAdapter(account: .testing(secrets: Self.secrets, publicURL: publicURL))
        let cases = try Self.cases(publicURL)
        let ours = cases.map { adapter.signed($0.delivery, at: .testing) }
        let answers = try await Self.library(
            zip(cases, ours).map { one, our in
                Self.request(one, our: our.header(Self.header) ?? "", ourURL: publicURL + our.target)
            })
        try #require(answers.count == cases.count)
        for (one, answer) in zip(cases, answers) {
            let signed = one.delivery.adding(try #require(answer["signature"].string), one.algorithm)
            #expect(try adapter.authenticate(signed, at: .testing) == .signature, "\(one)")
            for tampered in signed.tampered {
                #expect(throws: AuthenticationError.self, "\(tampered)") { try adapter.authenticate(tampered, at: .testing) }
            }
            #expect(answer["accepts_ours"].bool == true, "\(one)")
        }
    }

    /// All captures, and random forms with unusual names and values; with each digest and secret, with and without the port.
    private static func cases(_ publicURL: String) throws -> [Case] {
        var random = SeededGenerator("Twilio's own library \(publicURL)")
        let captures = try Fixture.all(of: "Twilio").map { try $0.delivery() }
        let forms = (0..<200).map { _ in Delivery.testing(form(&random), target: "/webhooks/twilio/main?a=%20b&c") }
        return (captures + forms).enumerated().map { index, delivery in
            let base = index.isMultiple(of: 2) ? publicURL : respelled(publicURL)
            return Case(
                delivery: delivery, secret: secrets[index / 2 % 2], algorithm: index / 4 % 2 == 0 ? "HMAC_SHA1" : "HMAC_SHA256",
                url: base + delivery.target)
        }
    }

    /// The URL without its port if it has one, otherwise with the port.
    private static func respelled(_ url: String) -> String {
        for (one, other) in [(":80", ""), (":8443", "")] where url.contains(one) { return url.replacing(one, with: other) }
        return url.replacing("hooks.example", with: "hooks.example:443")
    }

    private static func form(_ random: inout SeededGenerator) -> String {
        let words = ["", "a", "A", "Body", "b", " ", "+", "é", "नमस्ते", "🙏", "&=%", "\n", "a b", "%41", "~", "\u{0}"]
        func word(_ random: inout SeededGenerator) -> String {
            (0..<Int.random(in: 1...3, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }.joined()
        }
        return (0..<Int.random(in: 0...12, using: &random)).map { _ in
            "\(FormText.encode(word(&random)))=\(FormText.encode(word(&random)))"
        }.joined(separator: "&")
    }

    private static func request(_ one: Case, our: String, ourURL: String) -> String {
        var writer = JSONWriter()
        writer.object { request in
            request.member("secret", one.secret)
            request.member("algorithm", one.algorithm)
            request.member("url", one.url)
            request.member("body", String(decoding: one.delivery.body, as: UTF8.self))
            request.member("is_form", one.delivery.mediaType == Delivery.formType)
            request.member("our_secret", secrets[0])
            request.member("our_url", ourURL)
            request.member("our_signature", our)
        }
        return writer.text
    }

    /// The library's answers to requests, one JSON object each.
    private static func library(_ requests: [String]) async throws -> [JSON] {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardized
        let packages = root.appending(path: ".build/pypi").path
        guard FileManager.default.fileExists(atPath: "\(packages)/twilio/request_validator.py") else {
            throw ProcessFailure("PyPI's twilio is not in \(packages): .ci/packages test installs it")
        }
        let folder = try TemporaryFolder()
        try Data(requests.joined(separator: "\n").utf8).write(to: URL(filePath: "\(folder.path)/requests"))
        let process = try ChildProcess("/usr/bin/python3", ["-c", program], in: folder.path, environment: ["PYTHONPATH": packages])
        let end = try await process.ended()
        guard end == .exit(code: 0) else { throw ProcessFailure("the library ended by \(end): \(process.errors.suffix(1000))") }
        return try process.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
    }

    private static let program = """
        import json
        from urllib.parse import parse_qsl
        from twilio.request_validator import RequestValidator

        class Fields(dict):
            # As the frameworks hand them to the library, several values of one name included.
            def __init__(self, body):
                self.pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=1000)
                super().__init__(self.pairs)

            def getall(self, name):
                return [value for key, value in self.pairs if key == name]

        for line in open("requests", encoding="utf-8", newline="\\n"):
            one = json.loads(line)
            validator = RequestValidator(one["secret"])
            params = Fields(one["body"]) if one["is_form"] else {}
            ours = RequestValidator(one["our_secret"])
            print(json.dumps({
                "signature": validator.compute_signature(one["url"], params, one["algorithm"]),
                "accepts_ours": ours.validate(one["our_url"], params if one["is_form"] else one["body"], one["our_signature"]),
            }))
        """
}

extension Delivery {
    /// The delivery as Twilio posts it: a shared key's signature has a further header.
    fileprivate func adding(_ signature: String, _ algorithm: String) -> Delivery {
        var signed = self
        signed.headers.append(Header("x-twilio-signature", signature))
        if algorithm != "HMAC_SHA1" {
            signed.headers.append(Header("x-twilio-webhooks-signature-settings", "key=webhooks_sharedkey_01,algorithm=\(algorithm)"))
        }
        return signed
    }

    /// The delivery with another field, with another target, and with another digest.
    fileprivate var tampered: [Delivery] {
        var field = self
        field.body += Array((body.isEmpty ? "Tampered=1" : "&Tampered=1").utf8)
        var target = self
        target.target += target.target.contains("?") ? "&tampered=1" : "?tampered=1"
        var digest = self
        if digest.header("x-twilio-webhooks-signature-settings") == nil {
            digest.headers.append(Header("x-twilio-webhooks-signature-settings", "key=k,algorithm=HMAC_SHA256"))
        } else {
            digest.headers.removeLast()
        }
        return [field, target, digest]
    }
}
