import AdapterConformance
import JSON
import Messaging
import Testing
import WhatsAppCloud

@Suite("Broken webhooks")
struct RobustnessTests {
    let adapter: WhatsAppCloudAdapter

    init() throws { adapter = try WhatsAppCloudAdapter(account: .testing) }

    @Test("A webhook cut off anywhere is malformed", arguments: try Fixture.all(of: "WhatsAppCloud"))
    func truncated(fixture: Fixture) throws {
        let whole = try fixture.delivery()
        for length in stride(from: 0, to: whole.body.count, by: 7) {
            var delivery = whole
            delivery.body = Array(whole.body.prefix(length))
            let error = #expect(throws: PayloadError.self) { try adapter.events(in: delivery) }
            #expect(error?.code == .malformed)
        }
    }

    @Test(
        "A webhook with broken bytes is refused as malformed or gives events that can be written",
        arguments: try Fixture.all(of: "WhatsAppCloud"))
    func flipped(fixture: Fixture) throws {
        let whole = try fixture.delivery()
        var generator = SeededGenerator("flipped \(fixture)")
        for _ in 0..<50 {
            var delivery = whole
            for _ in 0..<3 { delivery.body[Int(generator.next() % UInt64(whole.body.count))] = UInt8(truncatingIfNeeded: generator.next()) }
            do throws(PayloadError) {
                for event in try adapter.events(in: delivery) {
                    #expect(!event.externalID.isEmpty)
                    #expect(throws: Never.self) { try JSON(parsing: Array(event.json.utf8)) }
                }
            } catch {
                #expect(error.code == .malformed)
            }
        }
    }
}
