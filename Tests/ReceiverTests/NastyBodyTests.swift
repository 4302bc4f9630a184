import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Malicious bodies")
struct NastyBodyTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    private static let bodies: [[UInt8]] = [
        [], [0], [0xFF, 0xFE], Array("hello".utf8), Array("{".utf8), Array("\"".utf8), Array("{} {}".utf8), Array("nul".utf8),
        [UInt8](repeating: UInt8(ascii: "["), count: 100_000),
        [UInt8](repeating: UInt8(ascii: "["), count: 100_000) + [UInt8](repeating: UInt8(ascii: "]"), count: 100_000),
        Array(String(repeating: #"{"a":"#, count: 100_000).utf8), Array(#"{"entry":[{"changes":[{"value":"#.utf8) + [0xED, 0xA0, 0x80],
        Array(#"{"id":1e400}"#.utf8.dropLast()), [0xEF, 0xBB, 0xBF],
    ]

    @Test("A provider's malicious body is answered 200 and kept for an operator", arguments: bodies)
    func provider(body: [UInt8]) async throws {
        let answer = try await rig.post("/webhooks/whatsapp-cloud/main", body)
        #expect(answer.status == 200)
        #expect(answer.json?["accepted"].int == 0)
        #expect(try rig.file.counts() == [0, 0, 0, 1, 1])
        #expect(try rig.file.bytes("SELECT body FROM deliveries") ?? [] == body)
    }

    @Test("A client's malicious body is answered 400 and not kept", arguments: bodies, ["/webhooks/chat/main", "/webhooks/kiosk/lobby"])
    func client(body: [UInt8], path: String) async throws {
        let answer = try await rig.post(path, body)
        #expect(answer.status == 400)
        #expect(answer.problem == [])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A malicious body of a start is answered 400, or 413 if it is too long, and opens no session", arguments: bodies)
    func start(body: [UInt8]) async throws {
        let answer = try await rig.send(
            "POST", "/session/start", headers: [Delivery.Header("content-type", "application/json")], body: body)
        #expect(answer.status == (body.count > 65_536 ? 413 : 400))
        #expect(answer.problem == [])
    }

    @Test("A text as long as a body may be is stored whole from a provider, and refused with the field's name from a client")
    func huge() async throws {
        let text = String(repeating: "long", count: 1 << 19)
        let provider = Body.whatsApp("1").replacing("Hello", with: text)
        #expect(try await rig.post("/webhooks/whatsapp-cloud/main", provider).status == 200)
        #expect(try rig.file.bytes("SELECT text FROM messages") == Array(text.utf8))
        let answer = try await rig.post("/webhooks/chat/main", Body.event("1").replacing("Hello", with: text))
        #expect(answer.status == 422)
        #expect(answer.problem == ["data.text is longer than 65,536 bytes"])
    }

    @Test(
        "A signed body with a broken byte at any place is answered, and stores at most one item",
        arguments: [
            ("/webhooks/whatsapp-cloud/main", Body.whatsApp("1"), [200]), ("/webhooks/kiosk/lobby", Body.event("1"), [200, 400, 422]),
        ])
    func broken(path: String, body: String, statuses: [Int]) async throws {
        let whole = Array(body.utf8)
        for (index, position) in stride(from: 0, to: whole.count, by: 5).enumerated() {
            var broken = whole
            broken[position] = [0, 0x22, 0x5C, 0xFF, 0x7B][index % 5]
            let before = try rig.file.counts().dropLast().reduce(0, +)
            let answer = try await rig.post(path, broken)
            #expect(statuses.contains(answer.status), "\(String(decoding: broken, as: UTF8.self)): \(answer)")
            #expect(try rig.file.counts().dropLast().reduce(0, +) - before <= 1)
        }
    }
}
