import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import Replay

@Suite("A filter of captures")
struct CaptureFilterTests {
    private static let times = (1...6).map { Instant(milliseconds: 1_795_370_400_000 + $0 * 1000) }

    private static let filters: [CaptureFilter] = [
        CaptureFilter(), CaptureFilter(since: times[2]), CaptureFilter(until: times[2]), CaptureFilter(since: times[1], until: times[4]),
        CaptureFilter(since: times[4], until: times[1]), CaptureFilter(adapter: "chat"), CaptureFilter(adapter: "fax"),
        CaptureFilter(account: "second"), CaptureFilter(adapter: "chat", account: "second"),
        CaptureFilter(since: times[1], adapter: "whatsapp-cloud", account: "main"), CaptureFilter(states: [.deadLetter]),
        CaptureFilter(states: [.accepted]), CaptureFilter(account: "main", states: [.deadLetter]), CaptureFilter(states: [.refused]),
        CaptureFilter(states: Set(Capture.State.allCases)),
    ]

    /// Fills a journal with deliveries of two WhatsApp accounts and a chat account; one delivery of each WhatsApp account cannot be read.
    private func fill(_ journal: Journal) async throws {
        var captures =
            (0..<4).map { Captures.text("wamid.\($0)", at: Self.times[$0].milliseconds) } + [Captures.chatByToken(of: "+919876543210")]
        for index in [1, 2] {
            captures[index].delivery.account = "second"
            captures[index].delivery.target = "/webhooks/whatsapp-cloud/second"
        }
        for index in [2, 3] { captures[index].delivery.body = Array("{\(index)".utf8) }
        captures[4].delivery.receivedAt = Self.times[4]
        _ = try await journal.accept(
            captures.map { capture in
                let adapter = try Captures.adapter(of: Redaction.account(of: capture.delivery.adapter))
                return ReadCapture(capture, try adapter.eventsToKeep(of: capture.delivery))
            })
    }

    @Test("It selects the same captures from a journal and from its export, as lines and as files", arguments: filters)
    func sameEverywhere(_ filter: CaptureFilter) async throws {
        let folder = try TemporaryFolder()
        let journal = try folder.journal()
        try await fill(journal)
        let kept = try await journal.reader.captures(CaptureFilter(), after: 0, limit: 100)
        #expect(kept.count == 5 && kept.count { $0.state == .deadLetter } == 2)
        let lines = try folder.file("export.jsonl", Captures.lines(kept))
        let files = try kept.map { try folder.file("export/\($0.fileName)", $0.httpFile.fileBytes()) }
        let expected = kept.filter { filter.includes($0) }.map(\.id)
        for source in [CaptureSource.journal(path: "\(folder.path)/journal.sqlite"), .lines(path: lines), .files(files)] {
            let found = await CaptureStream.all([source], filter: filter).compactMap(\.capture)
            #expect(found.map(\.id) == expected, "\(source)")
            #expect(found.map(\.state) == kept.filter { expected.contains($0.id) }.map(\.state))
            #expect(found.map(\.person) == kept.filter { expected.contains($0.id) }.map(\.person))
        }
        #expect(try await journal.reader.captureCount(filter) == expected.count)
        try journal.close()
    }

    @Test(
        "Conditions on items are answered only by a journal, not by a file",
        arguments: [CaptureFilter(externalID: "wamid.1"), CaptureFilter(phone: "+919876543210")])
    func items(_ filter: CaptureFilter) async throws {
        let folder = try TemporaryFolder()
        let journal = try folder.journal()
        try await fill(journal)
        let lines = try folder.file(
            "export.jsonl", Captures.lines(try await journal.reader.captures(CaptureFilter(), after: 0, limit: 100)))
        try journal.close()
        #expect(await !CaptureStream.all([.journal(path: "\(folder.path)/journal.sqlite")], filter: filter).compactMap(\.capture).isEmpty)
        #expect(await CaptureStream.all([.lines(path: lines)], filter: filter).allSatisfy { $0.content == .done(.skipped) })
    }
}
