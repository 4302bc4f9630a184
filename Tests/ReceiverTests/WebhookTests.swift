import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("POST /webhooks/{adapter}/{account}")
struct WebhookTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    private static let valid = [
        ("/webhooks/whatsapp-cloud/main", Body.whatsApp("1")), ("/webhooks/chat/main", Body.event("1")),
        ("/webhooks/kiosk/lobby", Body.event("1")),
    ]

    @Test("A signed webhook is stored before it is answered, and a repetition is a duplicate", arguments: valid)
    func accepted(path: String, body: String) async throws {
        for expected in [#"{"accepted":1,"duplicates":0}"#, #"{"accepted":0,"duplicates":1}"#] {
            let answer = try await rig.post(path, body)
            #expect(answer.status == 200)
            #expect(answer.text == expected)
            #expect(answer.header("content-type") == "application/json")
            #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
        }
        #expect(try rig.file.rows("SELECT phone, status FROM sessions") == ["+919876543210|active"])
    }

    @Test("The delivery is kept as received, without its credentials")
    func kept() async throws {
        let body = Array(Body.whatsApp("1").utf8)
        let path = "/webhooks/whatsapp-cloud/main"
        let headers =
            rig.signature(path, body) + [Delivery.Header("Authorization", "Bearer s3cret"), Delivery.Header("Cookie", "id=s3cret")]
        let answer = try await rig.send("POST", path + "?a=%20b", headers: headers, body: body)
        #expect(answer.status == 200)
        #expect(try rig.file.bytes("SELECT body FROM deliveries") == body)
        let stored = try rig.file.rows("SELECT method, target, headers FROM deliveries").joined()
        #expect(stored.hasPrefix("POST|\(path)?a=%20b|"))
        #expect(stored.contains("x-hub-signature-256"))
        #expect(!stored.contains("s3cret"))
    }

    @Test("An unsigned webhook is answered 401 with the header's name, and nothing is stored", arguments: valid)
    func unsigned(path: String, body: String) async throws {
        let answer = try await rig.send(
            "POST", path, headers: [Delivery.Header("content-type", "application/json")], body: Array(body.utf8))
        #expect(answer.status == 401)
        #expect(answer.problem == [])
        let detail = try #require(answer.json?["detail"].string)
        #expect(detail.contains("-signature\(path.contains("whatsapp") ? "-256" : "") is missing"))
        #expect(detail.contains("X-Session-Token") == path.contains("/chat/"))
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("The answer to a forged signature never contains the right one", arguments: valid)
    func forged(path: String, body: String) async throws {
        let forged = Array((body + " ").utf8)
        let answer = try await rig.send(
            "POST", path, headers: [Delivery.Header("content-type", "application/json")] + rig.signature(path, Array(body.utf8)),
            body: forged)
        #expect(answer.status == 401)
        #expect(answer.problem == [])
        for right in rig.signature(path, forged) where right.name.contains("signature") {
            for part in right.value.split(whereSeparator: { ",= ".contains($0) }) where part.count >= 16 {
                #expect(!answer.text.contains(part))
            }
        }
        #expect(!answer.text.contains(TestReceiver.secret))
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A signature from ten minutes ago is answered 401")
    func stale() async throws {
        let body = Array(Body.event("1").utf8)
        let headers = [Delivery.Header("content-type", "application/json")] + rig.signature("/webhooks/chat/main", body)
        rig.clock.advance(by: .seconds(600))
        let answer = try await rig.send("POST", "/webhooks/chat/main", headers: headers, body: body)
        #expect(answer.status == 401)
        #expect(answer.text.contains("webhook-timestamp"))
    }

    @Test(
        "A path that does not exist is answered 404",
        arguments: [
            "/webhooks/whatsapp-cloud/other", "/webhooks/other/main", "/webhooks/kiosk/main", "/webhooks/chat", "/webhooks", "/",
            "/webhooks/chat/main/more", "/webhooks/chat/..%2Fmain", "/session/begin",
        ])
    func unknown(path: String) async throws {
        let answer = try await rig.post(path, Body.event("1"))
        #expect(answer.status == 404)
        #expect(answer.problem == [])
    }

    @Test("The answer for an unknown path names it and the existing routes, but no account")
    func unknownPath() async throws {
        let answer = try await rig.send("GET", "/session/begin")
        #expect(
            answer.json?["detail"].string
                == "there is no /session/begin here; there are GET /events, GET /healthz, GET /metrics, GET /readyz, GET /session, "
                + "GET /webhooks/{adapter}/{account}, POST /session/end, POST /session/start, POST /webhooks/{adapter}/{account}")
        let long = try await rig.send("GET", "/\(String(repeating: "a", count: 1000))")
        #expect(long.status == 404 && long.text.utf8.count < 600)
    }

    @Test("A body of another media type is answered 415 by our own clients' adapters", arguments: ["text/plain", "application/xml", ""])
    func mediaType(type: String) async throws {
        for path in ["/webhooks/chat/main", "/webhooks/kiosk/lobby"] {
            let answer = try await rig.post(path, Body.event("1"), type: type)
            #expect(answer.status == 415)
            #expect(answer.problem == [])
        }
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    private static let neither = "is not a valid phone number in IN: write a number of another country with a plus and its country code"
    private static let impossible = "is not a valid phone number of its country"

    @Test(
        "A wrong field of a client is answered 422 with its name",
        arguments: [
            (Body.event("1", phone: nil), "data.phone is missing"),
            (Body.event("1", phone: "12"), "data.phone \(neither)"), (Body.event("1", phone: "+91 12"), "data.phone \(impossible)"),
            (Body.event("", phone: "+919876543210"), "id must be a non-empty string"),
            (Body.event("1", type: "a b"), "type must be 1 to 128 letters, digits, dots, hyphens or underscores"),
            (
                #"{"specversion":"1.0","id":"1","source":"/a","type":"message.text","data":{"phone":"+919876543210"}}"#,
                "data.text is missing"
            ),
            (#"{"id":"1"}"#, #"specversion must be "1.0""#),
        ])
    func field(body: String, error: String) async throws {
        let answer = try await rig.post("/webhooks/chat/main", body)
        #expect(answer.status == 422)
        #expect(answer.problem == [error])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A batch with one bad item stores the others, and reports the bad one with the reason")
    func oneBadItem() async throws {
        let batch = "[\(Body.event("1")),\(Body.event("2", phone: nil)),\(Body.event("3"))]"
        for expected in [(2, 0), (0, 2)] {
            let answer = try await rig.post("/webhooks/kiosk/lobby", batch)
            #expect(answer.status == 200)
            #expect(
                answer.text
                    == #"{"accepted":\#(expected.0),"duplicates":\#(expected.1),"rejected":[{"index":1,"field":"[1].data.phone","reason":"is missing"}]}"#
            )
            #expect(try rig.file.counts() == [2, 0, 0, 1, 1])
        }
    }

    @Test("A batch without a good item is answered 422 with all errors, and nothing is stored")
    func allBad() async throws {
        let answer = try await rig.post("/webhooks/chat/main", "[\(Body.event("1", phone: nil)),{},7]")
        #expect(answer.status == 422)
        #expect(
            answer.problem == ["[0].data.phone is missing", #"[1].specversion must be "1.0""#, "[2] must be an object"])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("An empty batch of a client is accepted, and stores nothing")
    func emptyBatch() async throws {
        let answer = try await rig.post("/webhooks/chat/main", "[]")
        #expect(answer.status == 200)
        #expect(answer.text == #"{"accepted":0,"duplicates":0}"#)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test(
        "A provider's unreadable body is answered 200 and kept as one dead letter, however often it arrives",
        arguments: ["", "hello", "{", "[]", "{}", #"{"entry":[]}"#, #"{"entry":7}"#])
    func unreadable(body: String) async throws {
        for _ in 0..<3 {
            let answer = try await rig.post("/webhooks/whatsapp-cloud/main", body)
            #expect(answer.status == 200)
            #expect(answer.json?["accepted"].int == 0)
            #expect(answer.json?["rejected"].count == 1)
        }
        #expect(try rig.file.counts() == [0, 0, 0, 1, 1])
        #expect(try rig.file.bytes("SELECT body FROM deliveries NATURAL JOIN dead_letters") ?? [] == Array(body.utf8))
    }

    @Test("If the journal cannot store, the answer is 503 with Retry-After", arguments: valid)
    func unavailable(path: String, body: String) async throws {
        try rig.journal.close()
        let answer = try await rig.post(path, body)
        #expect(answer.status == 503)
        #expect(answer.header("retry-after").flatMap { Int($0) }.map { $0 > 0 } == true)
        #expect(answer.problem == [])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A failed write is answered 503 and stores no part of the delivery, which is accepted when it is sent again")
    func failing() async throws {
        try rig.file.execute("ALTER TABLE sessions RENAME TO away")
        let answer = try await rig.post("/webhooks/whatsapp-cloud/main", Body.whatsApp("1"))
        #expect(answer.status == 503)
        #expect(answer.header("retry-after") != nil)
        try rig.file.execute("ALTER TABLE away RENAME TO sessions")
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
        #expect(try await rig.post("/webhooks/whatsapp-cloud/main", Body.whatsApp("1")).text == #"{"accepted":1,"duplicates":0}"#)
    }

    @Test("Simultaneous copies are stored once")
    func copies() async throws {
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<64 {
                group.addTask { [rig] in try await rig.post("/webhooks/whatsapp-cloud/main", Body.whatsApp("1")).text }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(texts.filter { $0 == #"{"accepted":1,"duplicates":0}"# }.count == 1)
        #expect(texts.filter { $0 == #"{"accepted":0,"duplicates":1}"# }.count == 63)
        #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
    }
}
