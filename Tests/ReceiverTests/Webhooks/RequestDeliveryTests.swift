import HTTPTypes
import Hummingbird
import Messaging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Testing

@testable import Receiver

@Suite("The delivery of a request")
struct RequestDeliveryTests {
    @Test(
        "A route and the pipeline make the same delivery",
        arguments: [
            ("/webhooks/kiosk/lobby", [("Host", "a:8000"), ("Content-Type", "application/json")]),
            ("/webhooks/kiosk/lobby?a=%20b&c", [("X-First", "1"), ("HOST", "a"), ("X-Last", "2")]),
            ("/webhooks/kiosk/lobby", [("Host", ""), ("X-Space", "a b \t"), ("X-Empty", ""), ("X-Twice", "1"), ("x-twice", "2")]),
            ("/webhooks/kiosk/lobby?", [("Cookie", "a=1; b=2"), ("X-Name", "Jos\u{E9}"), ("X-Control", "a\u{1}b")]),
        ])
    func same(target: String, headers: [(String, String)]) throws {
        let account = Account(adapter: "kiosk", name: "lobby", secrets: [])
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: target, headers: HTTPHeaders(headers))
        let request = Request(head: try HTTPRequest(head, secure: false, splitCookie: false), body: RequestBody(buffer: ByteBuffer()))
        let now = Instant(milliseconds: 1_795_370_400_000)
        #expect(
            Delivery(head, account, body: Array("{}".utf8), receivedAt: now)
                == Delivery(request, account, body: Array("{}".utf8), receivedAt: now))
    }
}
