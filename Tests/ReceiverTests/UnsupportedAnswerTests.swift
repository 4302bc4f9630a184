import SwitchboardTesting
import Testing

@Suite("Client messages of an unknown type")
struct UnsupportedAnswerTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test("The message is stored as unsupported, and counted in each answer", arguments: ["/webhooks/kiosk/lobby", "/webhooks/chat/main"])
    func unknownType(path: String) async throws {
        let body = Body.event("1", type: "message.nonsense")
        #expect(try await rig.post(path, body).text == #"{"accepted":1,"duplicates":0,"unsupported":1}"#)
        #expect(try rig.file.rows("SELECT type FROM messages") == ["unsupported"])
        #expect(try await rig.post(path, body).text == #"{"accepted":0,"duplicates":1,"unsupported":1}"#)
    }

    @Test("Messages of known types, activities and a provider's messages are not counted")
    func others() async throws {
        let path = "/webhooks/kiosk/lobby"
        for (id, type) in [("1", "message.text"), ("2", "screen.viewed"), ("3", "nonsense")] {
            #expect(try await rig.post(path, Body.event(id, type: type)).text == #"{"accepted":1,"duplicates":0}"#)
        }
        let hologram = Body.whatsApp("4").replacing(#""type":"text""#, with: #""type":"hologram""#)
        #expect(try await rig.post("/webhooks/whatsapp-cloud/main", hologram).text == #"{"accepted":1,"duplicates":0}"#)
        #expect(try rig.file.rows("SELECT type FROM messages ORDER BY external_id") == ["text", "unsupported"])
    }
}
