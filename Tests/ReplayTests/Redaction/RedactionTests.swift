import AdapterConformance
import JSON
import Journal
import Messaging
import PhoneNumbers
import Signing
import SwitchboardTesting
import Testing

@testable import Replay

@Suite("Captures that can be shared")
struct RedactionTests {
    let redaction: Redaction

    init() throws {
        redaction = try Redaction(seed: "a seed for tests", kinds: Captures.kinds) { try? Captures.adapter(of: Redaction.account(of: $0)) }
    }

    private static let fixtures = (try? Fixture.all()) ?? []

    @Test("Each adapter has captures")
    func everyAdapter() throws {
        #expect(try Set(Self.fixtures.map { try $0.delivery().adapter }) == Set(Captures.kinds))
    }

    @Test("The fake is read with the same channels, kinds and types, or the same wrong field", arguments: fixtures)
    func kinds(_ fixture: Fixture) throws {
        try fixture.checkRedacted(with: Captures.adapter(of: Redaction.account(of: fixture.delivery().adapter)))
    }

    @Test("The fake is signed with the public secret", arguments: fixtures)
    func signature(_ fixture: Fixture) throws {
        let fake = try redacted(fixture.delivery()).delivery
        guard fake.header("x-session-token") == nil else { return }
        let adapter = try Captures.adapter(of: Redaction.account(of: fake.adapter))
        #expect(try adapter.authenticate(fake, at: fake.receivedAt) == .signature)
    }

    @Test("No phone, name, text, id or token survives, as it is or in another notation", arguments: fixtures)
    func nothingSurvives(_ fixture: Fixture) throws {
        let original = try fixture.delivery()
        let capture = Capture(original, person: "+919876543210")
        let haystack = try Haystack(redaction.redacted(capture).jsonLine())
        let known = type(of: try Captures.adapter(of: Redaction.account(of: original.adapter))).traits.vocabulary
        for text in Originals(original, known).texts { #expect(haystack.writing(of: text) == nil, "\(text) survives") }
    }

    @Test("The same line has the same fake in every spelling and in texts, with its country and length")
    func phones() throws {
        let spellings = ["919876543210", "+919876543210", "+91 98765 43210", "09876543210"]
        let fakes = try spellings.map { try value("phone", $0) }
        #expect(Set(fakes.map { $0.filter(\.isNumber).suffix(10) }).count == 1)
        #expect(zip(spellings, fakes).allSatisfy { $0.count == $1.count && $0.filter { !$0.isNumber } == $1.filter { !$0.isNumber } })
        #expect(PhoneNumber(fakes[1], region: "ZZ")?.e164 == fakes[1])
        #expect(fakes[1].hasPrefix("+91") && fakes[1] != spellings[1])
        let text = try value("text", "Call +91 98765 43210 or 919876543210, please, thank you")
        #expect(text.contains(fakes[2]) && text.contains(fakes[0]))
    }

    /// Each of these took minutes when the whole text was searched again for each of its words, signs or numbers.
    @Test(
        "The time for a long text grows only in proportion to its length",
        arguments: [
            String(repeating: "1-", count: 20_000) + "x", String(repeating: "some words ", count: 2000),
            String(repeating: "a", count: 50_000),
            (0..<500).map { "+9198\(10_000_000 + $0)" }.joined(separator: " "), String(repeating: "1 ", count: 2000),
            String(repeating: "+", count: 20_000),
        ])
    func longTexts(text: String) throws {
        var fake = ""
        let time = try processorTime { fake = try value("body", text) }
        #expect(fake.count == text.count && time < .seconds(60))
    }

    @Test("A number in a text is found among thousands of others")
    func manyNumbers() throws {
        let numbers = Set((0..<5000).compactMap { PhoneNumber("+9198\(10_000_000 + $0)", region: "IN") })
        let known = KnownNumbers(KnownNumbers.Found(certain: numbers))
        for index in stride(from: 0, to: 5000, by: 97) {
            #expect(known.first(endingWith: Array("98\(10_000_000 + index)".utf8))?.e164 == "+9198\(10_000_000 + index)")
        }
        #expect(known.first(endingWith: Array("9999999999".utf8)) == nil)
        #expect(KnownNumbers().first(endingWith: Array("9810000000".utf8)) == nil)
    }

    @Test("A phone in the digits of another script stays in that script")
    func scripts() throws {
        let devanagari = { (digits: String) in
            String(String.UnicodeScalarView(digits.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0x0966 - 0x30) }))
        }
        #expect(try value("phone", devanagari("919876543210")) == devanagari(value("phone", "919876543210")))
    }

    @Test("A text that consists of digits is replaced in one pass, however long it is", arguments: ["1 ", "9876543210 ", "7"])
    func longRuns(piece: String) throws {
        let text = String(repeating: piece, count: 10_000)
        let fake = try value("text", text)
        #expect(fake.count == text.count && fake != text)
    }

    @Test("Two spellings of one Brazilian mobile have two spellings of one fake")
    func variants() throws {
        let fakes = try ["5511987654321", "551187654321"].map { try #require(PhoneNumber(international: value("from", $0))) }
        #expect(fakes[0].variants.contains(fakes[1]))
    }

    @Test(
        "Lengths, character classes and punctuation stay, and equal values have equal fakes",
        arguments: [
            "Asha", "naïve Übung", "नमस्ते दुनिया", "你好，世界", "Тест", "wamid.HBgM==", "a-b_c/D1", "https://example.org/x?y=1",
        ])
    func shapes(text: String) throws {
        let fake = try value("note", text)
        #expect(fake != text)
        #expect(fake.utf8.count == text.utf8.count)
        #expect(fake.unicodeScalars.map(\.properties.generalCategory) == text.unicodeScalars.map(\.properties.generalCategory))
        #expect(try value("other", text) == fake)
    }

    @Test(
        "Distinct ids stay distinct, whatever they look like: degrees, prose, or numbers",
        arguments: ["lobby-1.%", "%.1234", "wamid.k2.%", "18.%", "a-b-c-%", "N18.%,73.1234"])
    func distinct(form: String) throws {
        let ids = (1000..<4000).map { form.replacing("%", with: "\($0)") }
        #expect(Set(try ids.map { try value("id", $0) }).count == ids.count)
    }

    @Test("Distinct ids stay distinct, however short", arguments: [1, 2, 3])
    func distinct(length: Int) throws {
        let count = [0, 10, 100, 1000][length]
        let ids = (0..<count).map { String(String(count + $0).dropFirst()) }
        #expect(Set(try ids.map { try value("id", "m-\($0)") }).count == count)
    }

    @Test("A name in a text has the name's fake, and other words do not reveal themselves by their frequency")
    func names() throws {
        let body = #"{"name":"Asha","a":"for Asha and for me and mine","b":"Hello, Asha, how are you for now"}"#
        let json = try JSON(parsing: redacted(delivery(body)).delivery.body)
        let name = try #require(json["name"].string)
        let words = try ["a", "b"].map { try #require(json[named: $0].string).split { !$0.isLetter }.map(String.init) }
        #expect(words[0][1] == name && words[1][1] == name)
        #expect(words[0][0] != words[1][5])
    }

    @Test("Another run gives other fakes; the same seed gives the same")
    func seeds() throws {
        func body(_ seed: String?) throws -> [UInt8] {
            try Redaction(seed: seed, kinds: []) { _ in nil }.redacted(Captures.text("wamid.ABCDEF")).delivery.body
        }
        #expect(try body("a") == body("a"))
        #expect(try body("a") != body("b"))
        #expect(try body(nil) != body(nil))
    }

    @Test(
        "Bodies that are not JSON are replaced too",
        arguments: [Array("Body=Hello+Asha&From=%2B919876543210".utf8), Array("{\"Asha".utf8), [0xFF] + Array("Asha".utf8)])
    func others(body: [UInt8]) throws {
        var original = delivery("")
        original.body = body
        original.headers = [.init("content-type", body.first == 0x42 ? "application/x-www-form-urlencoded" : "application/json")]
        let fake = redacted(original).delivery.body
        #expect(fake.count == body.count)
        let text = String(decoding: fake, as: UTF8.self)
        #expect(!text.contains("Asha") && !text.contains("919876543210"))
    }

    @Test("Of Content-Type the media type and charset stay, of User-Agent its shape")
    func sentHeaders() {
        var original = delivery("{}")
        original.headers = [
            .init("content-type", "application/json; charset=utf-8; owner=Asha"), .init("user-agent", "Asha-Kiosk/98765 (+919876543210)"),
        ]
        let headers = redacted(original).delivery.headers.prefix(2).map(\.value)
        #expect(headers[0] == "application/json; charset=utf-8")
        #expect(headers[1].count == original.headers[1].value.count)
        for text in ["Asha", "Kiosk", "98765", "9876543210"] { #expect(!headers[1].contains(text)) }
    }

    @Test("Common labels of a shared contact stay", arguments: ["addresses", "urls", "phones", "emails"])
    func labels(list: String) throws {
        let types = ["HOME", "work", "iPhone", "Quergassenheim"].map { #"{"type":"\#($0)"}"# }.joined(separator: ",")
        let body = #"{"type":"contacts","contacts":[{"\#(list)":[\#(types)]}]}"#
        let fake = try JSON(parsing: redacted(delivery(body)).delivery.body)
        #expect(fake["type"].string == "contacts")
        let labels = fake["contacts"][0][named: list].elements.map { $0["type"].string ?? "" }
        #expect(labels.prefix(3) == ["HOME", "work", "iPhone"])
        #expect(labels[3] != "Quergassenheim" && labels[3].count == 14)
    }

    @Test("Two accounts of an adapter stay two, with their names, unless a name may be a number")
    func accounts() throws {
        let target = { (account: AccountName) in
            var original = self.delivery("{}")
            original.account = account
            original.target = "/webhooks/kiosk/\(account)"
            let fake = self.redacted(original).delivery
            #expect(fake.target == "/webhooks/kiosk/\(fake.account)")
            return fake.target
        }
        #expect(target("lobby") == "/webhooks/kiosk/lobby" && target("gate-2") == "/webhooks/kiosk/gate-2")
        let numbers: [AccountName] = ["919876543210", "shop-919812345678"]
        for number in numbers { #expect(target(number) != "/webhooks/kiosk/\(number)" && target(number) == target(number)) }
        #expect(target(numbers[0]) != target(numbers[1]))
    }

    @Test("Headers and query keep nothing else")
    func envelope() {
        var original = delivery("{}")
        original.headers = [.init("authorization", "Bearer abc"), .init("user-agent", "kiosk/1"), .init("webhook-signature", "v1,x")]
        let fake = redacted(original).delivery
        #expect(fake.target == "/webhooks/kiosk/lobby")
        #expect(fake.account == "lobby")
        #expect(fake.headers.map(\.name) == ["user-agent", "webhook-id", "webhook-timestamp", "webhook-signature"])
    }

    func value(_ key: String, _ value: String) throws -> String {
        let fake = redacted(delivery(#"{"\#(key)":"\#(value)"}"#))
        return try #require(JSON(parsing: fake.delivery.body)[named: key].string)
    }

    func delivery(_ body: String, to adapter: AdapterKind = "kiosk") -> Delivery {
        Delivery(
            adapter: adapter, account: "lobby", receivedAt: Instant(milliseconds: 7), target: "/webhooks/\(adapter)/lobby?token=1",
            headers: [],
            body: Array(body.utf8))
    }

    func redacted(_ delivery: Delivery) -> Capture { redaction.redacted(Capture(delivery)) }
}
