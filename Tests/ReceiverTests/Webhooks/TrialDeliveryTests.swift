import JSON
import Messaging
import Signing
import SwitchboardTesting
import Testing

@testable import Receiver

@Suite("Trial deliveries")
struct TrialDeliveryTests {
    private static let path = "/webhooks/whatsapp-cloud/main"
    private static let trial = Array(#"{"trial":true}"#.utf8)

    private let rig: TestReceiver
    private let key: TrialKey

    init() throws {
        rig = try TestReceiver()
        key = try #require(TrialKey(secret: TestReceiver.secret))
    }

    private func mark(_ body: [UInt8], path: String = Self.path, key: TrialKey? = nil, ageing age: Int64 = 0) -> (
        TrialMark, Delivery.Header
    ) {
        let mark = TrialMark(body: body, time: rig.clock.now.milliseconds / 1000 - age)
        return (mark, Delivery.Header(TrialMark.header, mark.headerValue(path: path, key: key ?? self.key)))
    }

    private func post(_ body: [UInt8], _ headers: [Delivery.Header], isSigned: Bool = false) async throws -> Answer {
        let type = Delivery.Header("content-type", "application/json")
        return try await rig.send(
            "POST", Self.path, headers: [type] + headers + (isSigned ? rig.signature(Self.path, body) : []), body: body)
    }

    @Test(
        "The answer says what arrived and whether it is authenticated, and proves the secret; nothing is stored", arguments: [true, false])
    func answer(isSigned: Bool) async throws {
        let (mark, header) = mark(Self.trial)
        let answer = try await post(Self.trial, [header], isSigned: isSigned)
        let json = try #require(answer.json)
        #expect(answer.status == 200 && json["trial"].string == mark.nonce && json["bytes"].int == 14)
        #expect(json["sha256"].string == mark.digest && json["authenticated"].bool == isSigned)
        let reason = json["reason"].string
        #expect(reason == (isSigned ? nil : "the header x-hub-signature-256 is missing"))
        let proof = try #require(json["proof"].string)
        #expect(mark.isAnswer(proof, seen: mark.digest, verdict: reason ?? "", key: key))
        let other = try #require(TrialKey(secret: "another secret"))
        #expect(!mark.isAnswer(proof, seen: mark.digest, verdict: reason ?? "", key: other))
        #expect(!mark.isAnswer(proof, seen: mark.digest, verdict: "x", key: key))
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A body that was changed on the way is answered 400 with its own digest, and nothing is stored")
    func changed() async throws {
        let changed = Array(#"{"trial": true}"#.utf8)
        let (mark, header) = mark(Self.trial)
        let answer = try await post(changed, [header], isSigned: true)
        #expect(answer.status == 400 && answer.json?["bytes"].int == 15)
        #expect(answer.json?["sha256"].string == Hex.encode(Digest.sha256(changed)) && answer.json?["sha256"].string != mark.digest)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A provider's message to which somebody attaches a valid mark is not acknowledged, so that the provider sends it again")
    func attached() async throws {
        let body = Array(Body.whatsApp("1").utf8)
        #expect(try await post(body, [mark(Self.trial).1], isSigned: true).status == 400)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
        #expect(try await post(body, [], isSigned: true).text == #"{"accepted":1,"duplicates":0}"#)
    }

    @Test(
        "A mark that is not valid has no effect: a signed message is stored, an unsigned request is refused as any other", arguments: 0..<8)
    func invalid(number: Int) async throws {
        let body = Array(Body.whatsApp("1").utf8)
        let other = try #require(TrialKey(secret: "another secret"))
        let good = mark(body).1
        let marks: [[Delivery.Header]] = [
            [mark(body, key: other).1], [mark(body, path: "/webhooks/kiosk/lobby").1], [mark(body, ageing: 301).1],
            [mark(body, ageing: -301).1], [good, good], [Delivery.Header(TrialMark.header, "")],
            [Delivery.Header(TrialMark.header, good.value + "0")],
            [Delivery.Header(TrialMark.header, good.value.replacing(Hex.encode(Digest.sha256(body)), with: Hex.encode(Digest.sha256([]))))],
        ]
        let refused = try await post(body, marks[number])
        #expect(refused.status == 401 && refused.json?["trial"].isPresent == false)
        let stored = try await post(body, marks[number], isSigned: true)
        #expect(stored.text == #"{"accepted":1,"duplicates":0}"#)
        #expect(try rig.file.counts() == [1, 0, 0, 0, 1])
    }

    @Test("In front of the routes, only a request without a mark is taken")
    func direct() async throws {
        let connection = try await TestConnection(rig)
        let (_, header) = mark(Array(Body.event("1").utf8), path: "/webhooks/kiosk/lobby")
        await connection.receive(rig.request(Body.event("1"), headers: ["Switchboard-Trial: \(header.value)"]))
        #expect(connection.seen.first == "POST /webhooks/kiosk/lobby")
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }
}
