import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Texts that are too long for an index")
struct LongTextTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test(
        "From a certain length on, a text has a short form that shows its beginning",
        arguments: [
            (String(repeating: "a", count: IndexedText.longest), true), (String(repeating: "a", count: IndexedText.longest + 1), false),
            (String(repeating: "आ", count: IndexedText.longest), false), ("", true), (String(repeating: "a", count: 3_000_000), false),
        ])
    func form(text: String, isItself: Bool) {
        let form = IndexedText.form(of: text)
        #expect((form == text) == isItself)
        #expect(form.utf8.count <= IndexedText.longest)
        #expect(isItself || text.hasPrefix(form.prefix { $0 != "…" }) && form.contains("…sha256:"))
        #expect(form == IndexedText.form(of: text))
        #expect(IndexedText.form(of: text + "b") != form)
    }

    @Test("Two ids with the same beginning are two items, each stored once, and are found by their full text", arguments: [1101, 300_000])
    func ids(length: Int) async throws {
        let (one, other) = (String(repeating: "a", count: length) + "1", String(repeating: "a", count: length) + "2")
        for round in 0..<2 {
            for id in [one, other] {
                let receipt = try await rig.accept(
                    rig.delivery(id), [.message(id), .status("sent", of: id), .activity("screen.viewed", id), .notice(id, "n")])
                #expect([receipt.accepted, receipt.duplicates] == (round == 0 ? [4, 0] : [0, 4]))
            }
        }
        #expect(try rig.counts() == [2, 2, 4, 0, 2])
        let found = try await rig.journal.reader.captures(CaptureFilter(externalID: one), after: 0, limit: 10)
        #expect(found.map(\.delivery.body) == [Array(one.utf8)])
        #expect(
            try rig.rows("SELECT json_extract(context, '$.external_id'), json_extract(context, '$.id') FROM messages ORDER BY seq")
                == ["\(one)|wamid.0", "\(other)|wamid.0"])
    }

    @Test("An id that looks like the form of another differs from it, here and in the database")
    func lookalike() async throws {
        let long = String(repeating: "a", count: 2000)
        try await rig.accept(rig.delivery("long"), [.message(long)])
        let receipt = try await rig.accept(rig.delivery("form"), [.message(IndexedText.form(of: long))])
        #expect([receipt.accepted, receipt.differing] == [0, 1])
    }

    @Test("Replaying an item that is stored under a long id is not a difference")
    func compared() async throws {
        let events: [Event] = [.message(String(repeating: "a", count: 2000)), .notice(String(repeating: "b", count: 2000), "n")]
        try await rig.accept(rig.delivery("long"), events)
        let capture = try #require(try await rig.journal.reader.captures(CaptureFilter(), after: 0, limit: 1).first)
        #expect(try await rig.journal.reader.differences([ReadCapture(capture, events)]) == [])
    }
}
