import Logging
import Messaging
import SwitchboardTesting
import Testing

@Suite("Unreadable items, in the log and in the metrics")
struct UnreadableItemTests {
    private let log = LogRecorder()

    /// A WhatsApp delivery with messages that have these members in addition to their sender.
    private static func body(_ messages: [String]) -> String {
        let items = messages.map { #"{"from":"919876543210","type":"text","text":{"body":"Hello"},\#($0)}"# }.joined(separator: ",")
        return
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[\#(items)]}}]}]}"#
    }

    @Test("A provider's unreadable items are counted, and logged once per kind and minute with their number")
    func provider() async throws {
        let rig = try TestReceiver(logger: log.logger)
        let path = "/webhooks/whatsapp-cloud/main"
        let nameless = #""timestamp":"1795370399""#
        let shapeless = #"{"object":"whatsapp_business_account","entry":[7,8]}"#
        for body in [Self.body([nameless]), Self.body([nameless, nameless]), shapeless] {
            #expect(try await rig.post(path, body).status == 200)
        }
        let lines = log.lines.filter { $0.message.contains("cannot be read") }
        #expect(lines.map(\.metadata["item.count"]) == ["1", "2"], "\(lines)")
        #expect(log.numericKeys.contains("item.count"))
        #expect(lines.allSatisfy { $0.level == .warning && $0.metadata["delivery.account"] == "main" })
        #expect(lines.first?.metadata["error"] == "entry[].changes[].value.messages[].id must be a string", "\(lines)")
        #expect(lines.last?.metadata["error"] == "entry[] must be an object", "\(lines)")
        let page = try await rig.send("GET", "/metrics").text
        #expect(page.contains("\nswitchboard_items_unreadable_total{account=\"main\",adapter=\"whatsapp-cloud\"} 5\n"))
    }

    @Test("A client's unreadable items are counted and listed in the answer, but not logged")
    func client() async throws {
        let rig = try TestReceiver(logger: log.logger)
        let batch = "[\(Body.event("1")),\(Body.event("2", phone: nil))]"
        let answer = try await rig.post("/webhooks/kiosk/lobby", batch, type: "application/cloudevents-batch+json")
        #expect(answer.status == 200 && answer.text.contains("rejected"))
        #expect(!log.lines.contains { $0.message.contains("cannot be read") })
        let page = try await rig.send("GET", "/metrics").text
        #expect(page.contains("\nswitchboard_items_unreadable_total{account=\"lobby\",adapter=\"kiosk\"} 1\n"))
    }
}
