import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("The answer about an item that differs from the stored one")
struct DifferingAnswerTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    private static let pairs = [
        ("/webhooks/whatsapp-cloud/main", Body.whatsApp("1"), Body.whatsApp("1", from: "4915112345678")),
        ("/webhooks/kiosk/lobby", Body.event("1"), Body.event("1", phone: "+4915112345678")),
        ("/webhooks/chat/main", Body.event("1"), Body.event("1", phone: "+4915112345678")),
    ]

    @Test("The first time the item is neither accepted nor a duplicate; when it is repeated, it is a duplicate", arguments: pairs)
    func answers(path: String, body: String, other: String) async throws {
        #expect(try await rig.post(path, body).text == #"{"accepted":1,"duplicates":0}"#)
        #expect(try await rig.post(path, other).text == #"{"accepted":0,"duplicates":0,"differing":1}"#)
        #expect(try rig.file.counts() == [1, 0, 0, 0, 2])
        for body in [body, other] { #expect(try await rig.post(path, body).text == #"{"accepted":0,"duplicates":1}"#) }
        #expect(try rig.file.counts() == [1, 0, 0, 0, 2])
    }

    @Test("The content of a placeholder, and a live message after its copy from the history, are accepted")
    func completed() async throws {
        func history(_ messages: String) -> String {
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"history","value":{\#(messages)}}]}]}"#
        }
        let path = "/webhooks/whatsapp-cloud/main"
        let past = #""timestamp":"1795370399","history_context":{"status":"READ"}"#
        let placeholder = #"{"id":"1","from":"919876543210","type":"media_placeholder",\#(past)}"#
        let text = #"{"id":"2","from":"919876543210","type":"text","text":{"body":"Hello"},\#(past)}"#
        let thread = history(#""history":[{"threads":[{"id":"919876543210","messages":[\#(placeholder),\#(text)]}]}]"#)
        #expect(try await rig.post(path, thread).text == #"{"accepted":2,"duplicates":0}"#)
        #expect(try rig.file.count("sessions") == 0)
        let file = history(#""messages":[{"id":"1","from":"919876543210","timestamp":"1795370399","type":"image","image":{"id":"9"}}]"#)
        #expect(try await rig.post(path, file).text == #"{"accepted":1,"duplicates":0}"#)
        #expect(try await rig.post(path, Body.whatsApp("2")).text == #"{"accepted":1,"duplicates":0}"#)
        #expect(try rig.file.rows("SELECT type, session_id IS NULL FROM messages ORDER BY external_id") == ["image|1", "text|0"])
        #expect(try rig.file.count("sessions") == 1)
        let before = try rig.file.counts()
        for body in [thread, file, Body.whatsApp("2")] { #expect(try await rig.post(path, body).json?["accepted"].int == 0) }
        #expect(try rig.file.counts() == before)
        #expect(try await rig.post(path, thread).text == #"{"accepted":0,"duplicates":2}"#)
    }
}
