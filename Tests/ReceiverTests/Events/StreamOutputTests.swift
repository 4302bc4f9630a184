import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Journal
import NIOCore
import Synchronization
import Testing

@testable import Receiver

@Suite("The output of a stream of events")
struct StreamOutputTests {
    /// Keeps what is written to it.
    private final class Written: ResponseBodyWriter, Sendable {
        private let bytes = Mutex("")
        var text: String { bytes.withLock { $0 } }

        func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += String(buffer: buffer) } }
        func finish(_ trailingHeaders: HTTPFields?) async throws { bytes.withLock { $0 += "END" } }
    }

    private func event(_ position: Int64, _ kind: StreamedKind = .message, word: String = "text") -> StreamedEvent {
        StreamedEvent(item(position, kind, word: word), channels: ["kiosk": "kiosk"])
    }

    private func item(_ position: Int64, _ kind: StreamedKind, word: String, record: String = #"{"text":"Hello"}"#) -> StreamedItem {
        StreamedItem(
            sequence: position, kind: kind, word: word, provider: "kiosk", account: "lobby", channel: nil, contactID: "c", deliveryID: "d",
            time: "2026-11-22T17:51:27.000Z", record: Array(record.utf8))
    }

    private func sent(
        from position: Int64, _ pages: [StreamPage<StreamedEvent>], filter: EventFilter = EventFilter()
    ) async throws -> (text: String, position: Int64) {
        let written = Written()
        var output = StreamOutput(writer: written, position: position)
        for page in pages { _ = try await output.write(page, filter) }
        return (written.text, output.position)
    }

    @Test("A large event, which is not copied, is written in its place among small ones")
    func large() async throws {
        let large = StreamedEvent(
            item(2, .message, word: "text", record: #"{"text":"\#(String(repeating: "x", count: 200_000))"}"#), channels: [:])
        let events = [event(1), large, event(3), large]
        let (text, position) = try await sent(from: 0, [StreamPage(items: events, end: 4, missing: 0)])
        #expect(text == events.map { String(buffer: $0.lines) }.joined())
        #expect(position == 4)
    }

    @Test("An item is a CloudEvent on one line, with its position as id and its type as event name")
    func event() async throws {
        let text = String(buffer: event(7).lines)
        #expect(
            text == """
                id: 7
                event: message.text
                data: {"specversion":"1.0","id":"d.7","source":"/webhooks/kiosk/lobby","type":"message.text",\
                "time":"2026-11-22T17:51:27.000Z","subject":"c","datacontenttype":"application/json","position":"7","channel":"kiosk",\
                "data":{"text":"Hello"}}


                """)
    }

    @Test("No sender can break a line of a stream, neither by the name of a type nor by white space in its JSON")
    func lineEnds() throws {
        let odd = StreamedEvent(
            item(1, .notice, word: "x\ndata: {}\r\n\nid: 99\n", record: "{\r\n\"a\":\t\"b\"\n}"), channels: [:])
        let lines = String(buffer: odd.lines).replacing("\r\n", with: "\n").components(separatedBy: "\n")
        #expect(lines.count == 5 && lines[3] == "" && lines[4] == "")
        #expect(lines[0] == "id: 1" && lines[1].hasPrefix("event: notice.x data: {}"))
        let data = try JSON(parsing: Array(lines[2].utf8.dropFirst("data: ".utf8.count)))
        #expect(data["type"].string == "notice.x\ndata: {}\r\n\nid: 99\n" && data["data"]["a"].string == "b")
    }

    @Test("The first lines and a heartbeat contain the position, and the end of the answer is written")
    func frame() async throws {
        let written = Written()
        var output = StreamOutput(writer: written, position: 5)
        try await output.begin()
        try await output.showLife()
        try await output.finish()
        #expect(written.text == ": switchboard\nretry: 3000\nid: 5\n\nEND")
        #expect(String(decoding: ServerSentEvent.heartbeat(6), as: UTF8.self) == ": still here\nid: 6\n\n")
    }

    @Test("Events that the filter excludes still move the position")
    func filtered() async throws {
        let request = try StreamRequest(
            target: "/events?kind=status", lastEventIDs: [], StreamRequest.Known(channels: [], accounts: []))
        let page = StreamPage(items: [event(1), event(2, .status, word: "read"), event(3)], end: 4, missing: 0)
        let (text, position) = try await sent(from: 0, [page], filter: request.filter)
        #expect(position == 4 && text.contains("id: 2\n") && !text.contains("id: 1\n") && !text.contains("id: 3\n"))
    }

    @Test("Deleted rows are reported once, before the next event or at the end, however many pages they span")
    func removed() async throws {
        let empty = StreamPage<StreamedEvent>(items: [], end: 20, missing: 10)
        let (text, _) = try await sent(from: 10, [empty, StreamPage(items: [event(31)], end: 31, missing: 5)])
        let gaps = text.components(separatedBy: "\n\n").filter { $0.contains("event: switchboard.gap") }
        #expect(gaps.count == 1 && text.hasPrefix("event: switchboard.gap\n"))
        #expect(gaps[0].contains(#""reason":"removed","after":"10","until":"31","count":15"#) && !gaps[0].contains("\nid: "))
        let atEnd = try await sent(from: 10, [empty, StreamPage(items: [], end: 20, missing: 0)]).text
        #expect(atEnd.contains(#""after":"10","until":"20","count":10"#))
        let nothing = try await sent(from: 20, [StreamPage(items: [], end: 20, missing: 0)]).text
        #expect(nothing == "")
    }

    @Test("A position beyond the end of the journal is reported, and the stream continues from the end")
    func unknownPosition() async throws {
        let (text, position) = try await sent(from: 99, [StreamPage(items: [], end: 20, missing: 0)])
        #expect(position == 20 && text.hasPrefix("id: 20\nevent: switchboard.gap\n"))
        #expect(text.contains(#""reason":"unknown_position","after":"99","until":"20""#))
    }
}
