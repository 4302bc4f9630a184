import Messaging
import Testing

@testable import Replay

@Suite("Requests in HAR files")
struct HAREntryTests {
    @Test(
        "A body is read in every way in which tools write it",
        arguments: [
            (#""postData":{"mimeType":"application/json","text":"{\"a\":1}"}"#, "7", Array("{\"a\":1}".utf8)),
            (#""postData":{"text":"/w==","encoding":"base64"}"#, "1", [0xFF]), (#""postData":{"_base64":"/w=="}"#, "1", [0xFF]),
            (#""_content":{"text":"/wA=","encoding":"base64"}"#, "2", [0xFF, 0x00]),
            (#""postData":{"text":"aÿ"}"#, "2", [0x61, 0xFF]), (#""postData":{"text":"aÿ"}"#, "3", Array("aÿ".utf8)),
            (
                #""postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"+1"},{"name":"c","value":"é"}]}"#,
                "18", Array("a+b=%2B1&c=%C3%A9".utf8)
            ),
        ] as [(String, String, [UInt8])])
    func bodies(body: String, length: String, expected: [UInt8]) throws {
        guard case .webhook(let delivery) = try entry(body, length: length) else {
            Issue.record("no webhook")
            return
        }
        #expect(delivery.body == expected)
        #expect(delivery.target == "/webhooks/chat/main?x=1")
        #expect(delivery.receivedAt.description == "2026-11-22T16:51:27.123Z")
        #expect(delivery.header(":method") == nil)
    }

    @Test(
        "A body that is not complete byte for byte is reported",
        arguments: [
            (#""postData":{"text":"a\ufffd"}"#, "2", "the body is binary, and the file has it as text in which bytes were lost"),
            (#""postData":{"text":"a\udcff"}"#, "2", "the body is binary, and the file has it as text in which bytes were lost"),
            (#""postData":{"text":"abc"}"#, "5", "the body has 3 bytes, its Content-Length says 5"),
            (#""postData":{"text":"?","encoding":"base64"}"#, "5", "the body should be Base64 and is not"),
            (#""x":1"#, "5", "the request had a body of 5 bytes, and the file has none"),
            (
                #""postData":{"mimeType":"multipart/form-data","params":[{"name":"a"}]}"#, "5",
                "the body is multipart/form-data, of which the file has only the parts"
            ),
        ])
    func lost(body: String, length: String, reason: String) {
        let error = #expect(throws: HAREntryError.self) { try entry(body, length: length) }
        #expect(error?.description == reason)
    }

    @Test(
        "Requests to other hosts, with another scheme or method are skipped",
        arguments: [
            ("POST", "https://example.org/"), ("GET", "wss://h/webhooks/chat/main"), ("GET", "data:text/plain,a"),
            ("GET", "chrome-extension://abc/x.js"), ("GET", "blob:https://h/1"),
            ("GET", "https://h/webhooks/whatsapp-cloud/main?hub.mode=subscribe&hub.verify_token=t&hub.challenge=1"),
            ("OPTIONS", "https://h/webhooks/chat/main"),
        ])
    func other(method: String, url: String) throws {
        let text = #"{"startedDateTime":"2026-11-22T17:51:27Z","request":{"method":"\#(method)","url":"\#(url)"}}"#
        #expect(try HAREntry(parsing: Array(text.utf8)) == .other)
    }

    @Test("A fragment is not part of the account's name")
    func fragment() throws {
        let text = #"{"startedDateTime":"2026-11-22T17:51:27Z","request":{"method":"post","url":"https://h/webhooks/chat/main#top"}}"#
        guard case .webhook(let delivery) = try HAREntry(parsing: Array(text.utf8)) else {
            Issue.record("no webhook")
            return
        }
        #expect(delivery.account == "main")
        #expect(delivery.target == "/webhooks/chat/main")
    }

    @Test("Entries are extracted whole, however the file is split and whatever they contain", arguments: [1, 3, 1000])
    func cutting(chunk: Int) {
        let text = """
            {"entries":[{"no":1}],"log":{"creator":{"entries":[1]},"entries":[
            {"a":"}]\\"{"},
              {"b":[{}]} , {oops}],"entries":[{"late":1}]}}
            """
        var scanner = HAREntryScanner()
        var found: [HAREntryScanner.Entry] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            found += scanner.scan(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == [#"{"a":"}]\"{"}"#, #"{"b":[{}]}"#, "{oops}"])
        #expect(found.map(\.line) == [2, 3, 3])
        #expect(scanner.isComplete)
    }

    private func entry(_ body: String, length: String) throws(HAREntryError) -> HAREntry {
        try HAREntry(
            parsing: Array(
                """
                {"startedDateTime":"2026-11-22T17:51:27.123+01:00","request":{"method":"POST","url":"https://x.ngrok.app/webhooks/chat/main?x=1",
                "headers":[{"name":":method","value":"POST"},{"name":"Content-Length","value":"\(length)"}],\(body)}}
                """.utf8))
    }
}
