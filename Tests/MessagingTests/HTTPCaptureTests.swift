import Messaging
import Testing

@Suite("Captures in .http files")
struct HTTPCaptureTests {
    @Test("Request line, headers and exact body are read, with either kind of line ends", arguments: ["\n", "\r\n"])
    func reading(lineEnd: String) throws {
        let head = ["POST /webhooks/chat/main?a=b HTTP/1.1", "Content-Type: application/json", "X-Empty:", "X-Tabs:\t a: b \t", "", ""]
        let capture = try parse(head.joined(separator: lineEnd) + "{\"a\":\r\n1}\n")
        #expect(capture.method == "POST")
        #expect(capture.target == "/webhooks/chat/main?a=b")
        #expect(capture.headers == [.init("content-type", "application/json"), .init("x-empty", ""), .init("x-tabs", "a: b")])
        #expect(capture.body == Array("{\"a\":\r\n1}\n".utf8))
    }

    @Test("A byte-order mark is not part of the method")
    func byteOrderMark() throws {
        #expect(try parse("\u{FEFF}POST /x\n\n\u{FEFF}a") == parse("POST /x\n\n\u{FEFF}a"))
    }

    @Test("Comments and blank lines before the request line are skipped")
    func comments() throws {
        let capture = try parse("\n### A message\n# @name message\r\n\r\nGET /x\n# no comment: here\n\n# body")
        #expect(capture.method == "GET")
        #expect(capture.target == "/x")
        #expect(capture.headers == [.init("# no comment", "here")])
        #expect(capture.body == Array("# body".utf8))
    }

    @Test(
        "With a Content-Length the body is exactly that long, and one line end may follow",
        arguments: ["12345", "12345\n", "12345\r\n"])
    func contentLength(body: String) throws {
        #expect(try parse("POST /x\ncontent-LENGTH: 5 \n\n" + body).body == Array("12345".utf8))
    }

    @Test("A line end that Content-Length includes belongs to the body")
    func countedLineEnd() throws {
        #expect(try parse("POST /x\nContent-Length: 6\n\n12345\n").body == Array("12345\n".utf8))
        #expect(try parse("POST /x\nContent-Length: 0\n\n").body == [])
    }

    @Test(
        "A body whose length differs from Content-Length is refused",
        arguments: [
            ("5", "1234", "the body has 4 bytes, Content-Length says 5"), ("5", "123456", "the body has 6 bytes, Content-Length says 5"),
            ("5", "12345\n\n", "the body has 7 bytes, Content-Length says 5"),
            ("5", "12345\r", "the body has 6 bytes, Content-Length says 5"),
            ("9223372036854775807", "1", "the body has 1 bytes, Content-Length says 9223372036854775807"),
            ("-1", "", "Content-Length is not a number: -1"), ("five", "", "Content-Length is not a number: five"),
            ("", "", "Content-Length is not a number: "),
            ("99999999999999999999", "", "Content-Length is not a number: 99999999999999999999"),
        ])
    func wrongLength(length: String, body: String, reason: String) {
        #expect(error("POST /x\nContent-Length: \(length)\n\n\(body)") == "line 4: \(reason)")
    }

    @Test(
        "A capture without a body has an empty one",
        arguments: ["GET /x", "GET /x\n", "GET /x HTTP/1.1\nA: b", "GET /x\nA: b\n", "GET /x\nA: b\n\n", "GET /x\n\n"])
    func noBody(text: String) throws {
        #expect(try parse(text).body == [])
    }

    @Test("A body of any bytes stays as it is")
    func binaryBody() throws {
        let bytes = (0..<256).map { UInt8($0) } + [0x0A, 0x0D, 0x0D, 0x0A, 0x00]
        #expect(try HTTPCapture(parsing: Array("POST /x\n\n".utf8) + bytes).body == bytes)
        #expect(try HTTPCapture(parsing: Array("POST /x\nContent-Length: 261\n\n".utf8) + bytes + [0x0A]).body == bytes)
    }

    @Test(
        "Of a whole URL only path and query are kept",
        arguments: [
            ("http://127.0.0.1:8000/webhooks/chat/main", "/webhooks/chat/main"), ("HTTPS://example.org/a/b?c=d", "/a/b?c=d"),
            ("https://example.org", "/"), ("https://example.org?c=d", "/?c=d"),
            ("/hook?next=https://example.org/other", "/hook?next=https://example.org/other"),
        ])
    func urls(url: String, target: String) throws {
        #expect(try parse("POST \(url) HTTP/1.1").target == target)
    }

    @Test(
        "A text that is not a capture is refused with its line",
        arguments: [
            ("", 1), ("\n\n", 2), ("# only a comment\n", 1), ("POST", 1), ("# c\nPOST\n", 2), ("POST x HTTP/1.1", 1),
            ("POST httpx HTTP/1.1", 1),
            ("{\"a\":1}", 1), ("ftp://a/b c", 1), ("PO\rST /x HTTP/1.1", 1), ("http://\ra{} /x", 1), ("poſt /x", 1), (" #POST /x", 1),
            ("\u{FEFF}\u{FEFF}POST /x", 1),
        ])
    func noRequestLine(text: String, line: Int) {
        let reason = "expected a request line: POST /webhooks/ADAPTER/ACCOUNT HTTP/1.1"
        #expect(error(text) == "line \(line): \(reason)")
    }

    @Test(
        "A line that is not a header is refused with its number",
        arguments: [("POST /x\nA: b\nno header\n\n", 3), ("POST /x\n: v\n\n", 2), ("POST /x\n{\"a\"}", 2)])
    func noHeader(text: String, line: Int) {
        #expect(error(text) == "line \(line): expected a header, NAME: VALUE")
    }

    @Test("The target names adapter and account, to which the capture is a delivery")
    func endpoint() throws {
        let capture = try parse("POST /webhooks/whatsapp-cloud/main?x=/y/z HTTP/1.1\nA: b\n\nbody")
        #expect(capture.endpoint?.adapter == "whatsapp-cloud")
        #expect(capture.endpoint?.account == "main")
        let at = Instant(milliseconds: 5)
        #expect(
            capture.delivery(receivedAt: at)
                == Delivery(
                    adapter: "whatsapp-cloud", account: "main", receivedAt: at, method: "POST",
                    target: "/webhooks/whatsapp-cloud/main?x=/y/z",
                    headers: [.init("a", "b")], body: Array("body".utf8)))
    }

    @Test(
        "A target that is not a webhook's names no adapter and account",
        arguments: ["/", "/webhooks", "/webhooks/chat", "/webhooks/chat/main/more", "/session/start/now"])
    func noEndpoint(target: String) throws {
        let capture = try parse("POST \(target)")
        #expect(capture.endpoint == nil)
        #expect(capture.delivery(receivedAt: Instant(milliseconds: 0)) == nil)
    }

    private func parse(_ text: String) throws(HTTPCaptureError) -> HTTPCapture { try HTTPCapture(parsing: Array(text.utf8)) }

    private func error(_ text: String) -> String? {
        do throws(HTTPCaptureError) {
            _ = try parse(text)
            return nil
        } catch {
            return error.description
        }
    }
}
