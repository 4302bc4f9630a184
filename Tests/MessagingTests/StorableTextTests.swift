import Messaging
import Testing

@Suite("The parts of keys")
struct StorableTextTests {
    @Test("A zero byte, which PostgreSQL cannot store, is replaced in ids and numbers from the start")
    func zeroByte() {
        let event = Event(externalID: "wamid.n\0x", channel: .whatsapp, effect: .none, content: .notice(type: "t", data: "{}"))
        #expect(event.externalID == "wamid.n\u{FFFD}x")
        #expect(Identity(kind: "k", scope: "s", value: "x\0y") == Identity(kind: "k", scope: "s", value: "x\u{FFFD}y"))
        #expect(ReceivedPhone("91\0") == ReceivedPhone("91\u{FFFD}"))
    }
}
