import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Refused deliveries")
struct RefusedTests {
    /// The refused deliveries that are stored once all earlier writes are done: `readiness` waits for them.
    private func kept(_ rig: TemporaryJournal, _ filter: CaptureFilter = CaptureFilter()) async throws -> [Capture] {
        _ = await rig.journal.readiness()
        return try await rig.journal.reader.refusedCaptures(filter, limit: 1000)
    }

    @Test("A refused delivery is kept whole with its answer, without the credentials, and found by its id")
    func whole() async throws {
        let rig = try TemporaryJournal(keepRefused: true)
        var delivery = rig.delivery("body", headers: [Delivery.Header("x-hub-signature-256", "no"), Delivery.Header("authorization", "x")])
        rig.journal.keepRefused(delivery, status: 401, reason: "the header does not match")
        rig.journal.keepRefused(rig.delivery("later", account: "other"), status: 422, reason: "id is missing")
        delivery.headers.removeLast()
        let captures = try await kept(rig)
        #expect(captures.map { String(decoding: $0.delivery.body, as: UTF8.self) } == ["later", "body"])
        #expect(captures[1].delivery == delivery)
        #expect(captures[1].refusal == Capture.Refusal(status: 401, reason: "the header does not match"))
        #expect(captures.map(\.state) == [.refused, .refused])
        #expect(try await rig.journal.reader.capture(captures[1].id) == captures[1])
        #expect(try await kept(rig, CaptureFilter(account: "other")).count == 1)
        #expect(try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 10).isEmpty)
    }

    @Test("Without the setting none is kept")
    func off() async throws {
        let rig = try TemporaryJournal()
        rig.journal.keepRefused(rig.delivery(), status: 401, reason: "")
        #expect(try await kept(rig).isEmpty)
    }

    @Test("Only a part of a flood is kept, and after the flood keeping continues")
    func rate() async throws {
        let rig = try TemporaryJournal(keepRefused: true)
        for _ in 0..<500 { rig.journal.keepRefused(rig.delivery(), status: 401, reason: "") }
        #expect(try await kept(rig).count == 50)
        rig.clock.advance(by: .seconds(1))
        for _ in 0..<500 { rig.journal.keepRefused(rig.delivery(), status: 401, reason: "") }
        #expect(try await kept(rig).count == 55)
    }

    @Test("A delivery with a body beyond a megabyte is not kept at all, rather than in part")
    func large() async throws {
        let rig = try TemporaryJournal(keepRefused: true)
        rig.journal.keepRefused(rig.delivery(String(repeating: "x", count: 1 << 20 + 1)), status: 401, reason: "")
        #expect(try await kept(rig).isEmpty)
    }

    @Test("The oldest are removed first, by number and by bytes", arguments: [RefusedLimits(count: 3), RefusedLimits(bytes: 3 * 358)])
    func bounds(_ limits: RefusedLimits) async throws {
        let rig = try TemporaryJournal()
        for index in 0..<5 {
            let delivery = rig.delivery(String(repeating: "\(index)", count: 100))
            try await rig.journal.write {
                try $0.refused.insert(delivery, as: $0.nextID(at: delivery.receivedAt), Capture.Refusal(status: 401, reason: ""), limits)
            }
        }
        #expect(try await kept(rig).map { $0.delivery.body.first } == [0x34, 0x33, 0x32])
    }

    @Test("A full disk causes no failure of the caller")
    func failing() async throws {
        let rig = try TemporaryJournal(keepRefused: true)
        try rig.execute("CREATE TRIGGER no BEFORE INSERT ON refused_deliveries BEGIN SELECT raise(ABORT, 'no'); END")
        rig.journal.keepRefused(rig.delivery(), status: 401, reason: "")
        #expect(try await rig.accept(.message("a")) == Receipt(accepted: 1))
    }
}
