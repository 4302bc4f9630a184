import Journal
import Messaging
import Replay
import Testing

@Suite("Writing .http files")
struct HTTPCaptureWritingTests {
    @Test("A file is read back unchanged, byte for byte", arguments: [[], Array("{}\n\r\n".utf8), (0..<256).map { UInt8($0) }])
    func roundTrip(body: [UInt8]) throws {
        let capture = HTTPCapture(
            method: "POST", target: "/webhooks/chat/main?a=b", headers: [.init("content-type", "a/b"), .init("x-empty", "")], body: body,
            comments: ["delivery_id: 1", "a note"])
        let read = try HTTPCapture(parsing: capture.fileBytes())
        #expect(read.headers == capture.headers + [.init("content-length", "\(body.count)")])
        #expect(read.body == body)
        #expect(read.target == capture.target)
        #expect(read.comments == capture.comments)
        #expect(try HTTPCapture(parsing: read.fileBytes()) == read)
    }

    @Test("A line end in a header cannot add another header")
    func lineEnds() throws {
        let capture = HTTPCapture(
            method: "POST", target: "/x", headers: [.init("a", "b\r\nc: d\n\nbody")], body: [], comments: ["a\nGET /"])
        let read = try HTTPCapture(parsing: capture.fileBytes())
        #expect(read.headers == [.init("a", "b  c: d  body"), .init("content-length", "0")])
        #expect(read.comments == ["a GET /"])
    }

    @Test("Details of a capture are written as comments, and the file is named by time and id")
    func notes() throws {
        var capture = Captures.text("wamid.1")
        capture.fileID = "01a2049a-fa35-7027-a07f-d114d83a73fa"
        capture.person = "+919876543210"
        #expect(capture.fileName == "2026-11-22T18-00-00.000Z_01a2049a-fa35-7027-a07f-d114d83a73fa.http")
        let read = try HTTPCapture(parsing: capture.httpFile.fileBytes())
        #expect(read.note("delivery_id") == capture.fileID)
        #expect(read.note("received_at") == "2026-11-22T18:00:00.000Z")
        #expect(read.note("person") == capture.person)
        #expect(read.note("state") == nil)
        #expect(read.body == capture.delivery.body)
    }
}
