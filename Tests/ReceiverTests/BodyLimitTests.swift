import Messaging
import SwitchboardTesting
import Testing

@Suite("The limit of a body")
struct BodyLimitTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver(bodyLimit: 1000) }

    @Test("A body at the limit is accepted, and one byte more is answered 413, in one piece or in chunks", arguments: [false, true])
    func webhook(isStreamed: Bool) async throws {
        let body = Array(Body.whatsApp("1").utf8)
        let padded = { (count: Int) in body + Array(repeating: UInt8(ascii: " "), count: count - body.count) }
        let path = "/webhooks/whatsapp-cloud/main"
        let refused = try await rig.post(path, padded(1001), isStreamed: isStreamed)
        #expect(refused.status == 413)
        #expect(refused.problem == [])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
        #expect(try await rig.post(path, padded(1000), isStreamed: isStreamed).status == 200)
    }

    @Test("A body of megabytes in chunks is answered 413 too", arguments: [false, true], ["/webhooks/chat/main", "/session/start"])
    func megabytes(isStreamed: Bool, path: String) async throws {
        let body = [UInt8](repeating: UInt8(ascii: "["), count: 5 << 20)
        let answer = try await rig.post(path, body, isStreamed: isStreamed)
        #expect(answer.status == 413)
        #expect(answer.problem == [])
    }
}
