import Messaging
import Testing

@testable import Replay

@Suite("Signing captures")
struct CaptureSignerTests {
    private let signer = CaptureSigner { kind, account in kind == "sum" && account == "main" ? SumAdapter() : nil }

    @Test("Old signatures are replaced by new ones, everything else stays")
    func signed() throws {
        let capture = try HTTPCapture(
            parsing: Array(
                "POST /webhooks/sum/main?a=b HTTP/1.1\nX-Sum: forged\nContent-Type: text/plain\nX-Time: 1\nX-Sum: again\n\nab".utf8))
        let signed = try signer.signed(capture, at: Instant(milliseconds: 42))
        #expect(
            signed.headers == [
                Delivery.Header("content-type", "text/plain"), Delivery.Header("x-sum", "195"), Delivery.Header("x-time", "42"),
            ])
        #expect(signed.target == capture.target)
        #expect(signed.body == capture.body)
    }

    @Test(
        "A browser's request keeps its session's token, even if the body names the phone; a mark without an owner is replaced",
        arguments: [
            ("X-Session-Token: T", "", false), ("X-Session-Token: T", #""phone":"+919876543210","#, false),
            ("X-Session-Token: •••", "", true), ("X-Session-Token: T\nWebhook-Signature: v1,old", "", true), ("X-Other: T", "", true),
        ])
    func token(header: String, phone: String, isSigned: Bool) throws {
        let adapter = try Captures.adapter(of: Redaction.account(of: "chat"))
        let signer = CaptureSigner { _, _ in adapter }
        let body = #"{"specversion":"1.0","id":"1","source":"/shop","type":"message.text","data":{\#(phone)"text":"Hi"}}"#
        let head = "POST /webhooks/chat/main HTTP/1.1\nContent-Type: application/cloudevents+json\n\(header)\n\n"
        let capture = try HTTPCapture(parsing: Array((head + body).utf8))
        let signed = try signer.signed(capture, at: Instant(milliseconds: 42))
        #expect(signed.headers.contains { $0.name == "webhook-signature" && $0.value != "v1,old" } == isSigned)
        #expect((signed == capture) == !isSigned)
    }

    @Test("A stored delivery whose token was not kept is not signed, which would store its items once more", arguments: [true, false])
    func unkept(isSigned: Bool) throws {
        let adapter = try Captures.adapter(of: Redaction.account(of: "chat"))
        let signer = CaptureSigner { _, _ in adapter }
        let signature = isSigned ? "Webhook-Signature: v1,old\n" : ""
        let text = """
            POST /webhooks/chat/main HTTP/1.1
            Content-Type: application/cloudevents+json
            \(signature)X-Session-Token: \(SessionToken.mark(owner: ContactID(milliseconds: 1, sequence: 1, random: 1)))

            {"specversion":"1.0","id":"1","source":"/shop","type":"message.text","data":{"phone":"+919876543210","text":"Hi"}}
            """
        let capture = try HTTPCapture(parsing: Array(text.utf8))
        if isSigned {
            #expect(try signer.signed(capture, at: Instant(milliseconds: 42)).headers.contains { $0.name == "webhook-signature" })
        } else {
            let error = #expect(throws: CaptureSigningError.self) { try signer.signed(capture, at: Instant(milliseconds: 42)) }
            #expect(error?.description.contains("tokens are not kept") == true)
        }
    }

    @Test(
        "A capture of an account that is not configured cannot be signed",
        arguments: [
            ("/webhooks/sum/other", "/webhooks/sum/other: the settings have no account sum/other, so nothing can be signed for it"),
            ("/session/start", "/session/start is not a webhook's path: expected /webhooks/ADAPTER/ACCOUNT"),
        ])
    func unknown(target: String, expected: String) throws {
        let capture = try HTTPCapture(parsing: Array("POST \(target) HTTP/1.1\n\n".utf8))
        let error = #expect(throws: CaptureSigningError.self) { try signer.signed(capture, at: Instant(milliseconds: 0)) }
        #expect(error?.description == expected)
    }

    @Test("The error about an account that is not configured says what to do, if that is known")
    func hint() throws {
        let capture = try HTTPCapture(parsing: Array("POST /webhooks/sum/main HTTP/1.1\n\n".utf8))
        let signer = CaptureSigner(hint: "make it") { _, _ in nil }
        let error = #expect(throws: CaptureSigningError.self) { try signer.signed(capture, at: Instant(milliseconds: 0)) }
        #expect(error?.description.hasSuffix("so nothing can be signed for it: make it") == true)
    }
}
