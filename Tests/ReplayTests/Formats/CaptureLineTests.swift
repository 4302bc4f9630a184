import Journal
import Messaging
import Testing

@testable import Replay

@Suite("Captures in JSON Lines")
struct CaptureLineTests {
    private let now = Instant(milliseconds: 7)

    @Test("A line is read back unchanged, whatever its body", arguments: [Array("{\"a\":\"é\\n\"}\r\n".utf8), [0xFF, 0x00, 0x80], []])
    func roundTrip(body: [UInt8]) throws {
        var line = Captures.text("wamid.1")
        line.fileID = "01a2049a-fa35-7027-a07f-d114d83a73fa"
        line.person = "+919876543210"
        line.state = .refused
        line.refusal = Capture.Refusal(status: 401, reason: "no \"signature\"")
        line.delivery.body = body
        let bytes = line.jsonLine()
        #expect(!bytes.contains(0x0A))
        #expect(try Capture(jsonLine: bytes, receivedAt: now) == line)
    }

    @Test("A line written by hand needs only a target and a body")
    func least() throws {
        let line = try Capture(jsonLine: Array(#"{"target":"/webhooks/chat/main?a=b","body":"x"}"#.utf8), receivedAt: now)
        #expect(line.delivery.adapter == "chat")
        #expect(line.delivery.account == "main")
        #expect(line.delivery.method == "POST")
        #expect(line.delivery.receivedAt == now)
        #expect(line.state == .accepted)
    }

    @Test(
        "An error in a line is reported",
        arguments: [
            ("[1]", "not a JSON object"), (#"{"body":"x"}"#, "target is missing"),
            (#"{"target":"/other","body":"x"}"#, "adapter is missing"),
            (#"{"target":"/webhooks/a/b"}"#, "body and body_base64 are both missing"),
            (#"{"target":"/webhooks/a/b","body_base64":"a"}"#, "body_base64 is not Base64 with padding"),
            (
                #"{"target":"/webhooks/a/b","body":"","received_at":"noon"}"#,
                "received_at must be an RFC 3339 time: 2026-11-22T17:51:27.123Z"
            ),
            (#"{"target":"/webhooks/a/b","body":"","headers":[["a"]]}"#, "headers must be an array of [name, value]"),
            (#"{"target":"/webhooks/a/b","body":"","headers":{"a":"b"}}"#, "headers must be an array of [name, value]"),
            (#"{"target":"/webhooks/a/b?hub.verify_token=t","method":"GET","body":""}"#, "webhooks are posted: the method is GET"),
            (#"{"target":"/webhooks/a/b","body":"","state":"new"}"#, "state must be accepted, dead_letter or refused"),
        ])
    func wrong(text: String, reason: String) {
        let error = #expect(throws: CaptureLineError.self) { try Capture(jsonLine: Array(text.utf8), receivedAt: now) }
        #expect(error?.description == reason)
    }
}
