import Journal
import NIOCore
import Testing

@testable import Receiver

@Suite("The pages that streams of events share")
struct RecentPagesTests {
    private let start = ContinuousClock.now

    private func event(_ position: Int64, size: Int = 10) -> StreamedEvent {
        StreamedEvent(
            StreamedItem(
                sequence: position, kind: .message, word: "text", provider: "kiosk", account: "lobby", channel: nil, contactID: nil,
                deliveryID: "d", time: nil, record: Array(#"{"text":"\#(String(repeating: "x", count: size))"}"#.utf8)), channels: [:])
    }

    private func page(
        _ positions: ClosedRange<Int64>, size: Int = 10, missing: Int64 = 0, hasMore: Bool = false
    ) -> EventPage {
        EventPage(
            StreamPage(
                items: positions.map { event($0, size: size) }, end: positions.upperBound, missing: missing, hasMore: hasMore),
            after: positions.lowerBound - 1)
    }

    private func empty(after position: Int64) -> EventPage { EventPage(StreamPage(items: [], end: position, missing: 0), after: position) }

    private func added(_ pages: [(EventPage, at: Int)]) -> RecentPages {
        var recent = RecentPages()
        for (page, milliseconds) in pages { recent.add(page, readAt: start + .milliseconds(milliseconds)) }
        return recent
    }

    /// What a stream at a position does at a time; a page must have been read since `moment`.
    private func step(_ recent: RecentPages, after position: Int64, since moment: Int = 0, at now: Int) -> String {
        var recent = recent
        switch recent.next(after: position, since: start + .milliseconds(moment), now: start + .milliseconds(now)) {
        case .page(let page): return "page \(page.content.items.map(\.position)) to \(page.content.end)"
        case .nothing: return "nothing"
        case .wait(let time): return "wait \(time)"
        case .read(let position): return "read \(position)"
        }
    }

    @Test("A page is read once: streams at its beginning and within it share its bytes")
    func shared() {
        let recent = added([(page(11...14), at: 0)])
        #expect(step(recent, after: 10, at: 1) == "page [11, 12, 13, 14] to 14")
        #expect(step(recent, after: 12, at: 1) == "page [13, 14] to 14")
        let whole = page(11...14)
        #expect(String(buffer: whole.lines) == whole.content.items.map { String(buffer: $0.lines) }.joined())
        #expect(String(buffer: whole.suffix(after: 12).lines) == [13, 14].map { String(buffer: event($0).lines) }.joined())
        #expect(String(buffer: whole.lines) == (11...14).map { String(buffer: event($0).lines) }.joined())
    }

    @Test("The end of the journal is read at most every 20 ms, and never on the word of a reading that began too early")
    func end() {
        let recent = added([(page(11...14), at: 0)])
        #expect(step(recent, after: 14, since: 0, at: 5) == "nothing")
        #expect(step(recent, after: 14, since: 3, at: 5) == "wait 0.015 seconds")
        #expect(step(recent, after: 14, since: 3, at: 20) == "read 14")
        let again = added([(page(11...14), at: 0), (empty(after: 14), at: 20)])
        #expect(step(again, after: 14, since: 3, at: 21) == "nothing")
        #expect(step(again, after: 10, since: 3, at: 21) == "page [11, 12, 13, 14] to 14")
        #expect(step(added([(page(11...14, hasMore: true), at: 0)]), after: 14, since: 3, at: 5) == "read 14")
    }

    @Test("A stream that begins a little after the end of the pages reads on from their end, so that it shares them afterwards")
    func beyond() {
        let recent = added([(page(11...14), at: 0)])
        #expect(step(recent, after: 17, since: 30, at: 30) == "read 14")
        #expect(step(added([(page(11...14), at: 0), (page(15...20), at: 30)]), after: 17, since: 30, at: 31) == "page [18, 19, 20] to 20")
        // Beyond the end of the journal, only its own position shows that.
        #expect(step(added([(page(11...14), at: 0), (empty(after: 14), at: 30)]), after: 17, since: 30, at: 31) == "read 17")
        #expect(step(recent, after: 1_015, since: 30, at: 30) == "read 1015")
        #expect(step(recent, after: 17, since: 100, at: 100) == "read 17")
    }

    @Test("A stream that is far behind reads on its own, and moves the pages of nobody")
    func behind() {
        let recent = added([(page(1011...1014), at: 0), (page(11...14), at: 1), (page(1015...1016), at: 2)])
        #expect(step(recent, after: 10, at: 3) == "read 10")
        #expect(step(recent, after: 1010, at: 3) == "page [1011, 1012, 1013, 1014] to 1014")
        #expect(step(recent, after: 1014, at: 3) == "page [1015, 1016] to 1016")
    }

    @Test("A page is used for a second, and only as a whole if rows are missing in it")
    func limits() {
        let old = added([(page(11...14), at: 0), (page(15...16), at: 600)])
        #expect(step(old, after: 10, at: 1_000) == "read 10")
        #expect(step(old, after: 14, at: 1_000) == "page [15, 16] to 16")
        #expect(step(old, after: 14, at: 1_600) == "read 14")
        let missing = added([(page(11...14, missing: 2), at: 0)])
        #expect(step(missing, after: 10, at: 1) == "page [11, 12, 13, 14] to 14")
        #expect(step(missing, after: 12, at: 1) == "read 12")
    }

    @Test("The pages take a few megabytes at most, and the last one stays whatever its size")
    func size() {
        let megabyte = 1 << 20
        let recent = added((0..<6).map { (page(Int64($0 + 1)...Int64($0 + 1), size: megabyte), at: Int($0)) })
        #expect(step(recent, after: 0, at: 7) == "read 0" && step(recent, after: 2, at: 7) == "read 2")
        #expect(step(recent, after: 3, at: 7) == "page [4] to 4" && step(recent, after: 5, at: 7) == "page [6] to 6")
        #expect(step(added([(page(1...1, size: 6 * megabyte), at: 0)]), after: 0, at: 1) == "page [1] to 1")
    }
}
