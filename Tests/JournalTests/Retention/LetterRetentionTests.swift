import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("How long dead letters are kept")
struct LetterRetentionTests {
    private func letter(_ number: Int, bytes: Int = 10) -> Event {
        .unreadable("\"\(number)\(String(repeating: "x", count: bytes))\"", index: 0)
    }

    @Test("An unresolved letter is removed long enough after its last occurrence, a resolved one when its delivery may be removed")
    func age() async throws {
        let rig = try TemporaryJournal(keep: .seconds(30 * 86_400), keepDeadLetters: .seconds(90 * 86_400))
        for number in 1...4 { try await rig.accept(rig.delivery("\(number)"), [letter(number)]) }
        rig.clock.advance(by: .seconds(50 * 86_400))
        // The first letter is resolved, the second occurs again.
        let first = try #require(try await rig.journal.reader.deadLetters(limit: 10).last?.id)
        #expect(try await rig.journal.settle([first]) == 1)
        try await rig.accept(rig.delivery("2"), [letter(2)])
        #expect(try await rig.journal.pruneDeadLetters() == 0)
        rig.clock.advance(by: .seconds(31 * 86_400))
        // The resolved letter is the last row in the order of commits, and the last row is never removed. This row takes its place.
        try await rig.accept(rig.delivery("9"), [letter(9)])
        #expect(try await rig.journal.pruneDeadLetters() == 1)
        #expect(try rig.rows("SELECT count(*) FROM dead_letters WHERE resolved_at IS NOT NULL") == ["0"])
        rig.clock.advance(by: .seconds(10 * 86_400))
        #expect(try await rig.journal.pruneDeadLetters() == 2)
        #expect(try rig.rows("SELECT occurrences FROM dead_letters ORDER BY seq") == ["2", "1"])
        #expect(try await rig.journal.deadLetterCounts().letters == 2)
    }

    @Test("Letters beyond the limit are removed, resolved ones first, then the oldest")
    func size() async throws {
        let rig = try TemporaryJournal(maxDeadLetters: 20_000)
        for number in 1...30 {
            try await rig.accept(rig.delivery("\(number)"), [letter(number, bytes: 1000)])
            rig.clock.advance(by: .seconds(1))
        }
        let letters = try await rig.journal.reader.deadLetters(limit: 100)
        #expect(try await rig.journal.settle([letters[3].id, letters[5].id]) == 2)
        try await rig.accept(rig.delivery("31"), [letter(31, bytes: 1000)])
        let removed = try await rig.journal.pruneDeadLetters()
        let counts = try await rig.journal.deadLetterCounts()
        #expect(counts.bytes <= 20_000 && counts.bytes > 17_000)
        #expect(counts.letters == 31 - removed && counts.dropped == removed && removed > 10)
        let left = try await rig.journal.reader.deadLetters(DeadLetterFilter(includesSettled: true), limit: 100)
        #expect(left.allSatisfy { $0.resolvedAt == nil })
        #expect(left.prefix(2).map { $0.letter.record.prefix(3) } == ["\"31", "\"30"])
        #expect(try await rig.journal.pruneDeadLetters() == 0)
    }

    @Test("Letters that the database has not received stay, however old and however many")
    func unsynced() async throws {
        let rig = try TemporaryJournal(keepDeadLetters: .seconds(60), maxDeadLetters: 1000, syncTarget: "shared")
        for number in 1...10 { try await rig.accept(rig.delivery("\(number)"), [letter(number, bytes: 1000)]) }
        rig.clock.advance(by: .seconds(3600))
        #expect(try await rig.journal.pruneDeadLetters() == 0)
        try await rig.journal.advance("shared", to: 5)
        #expect(try await rig.journal.pruneDeadLetters() == 5)
        #expect(try rig.count("dead_letters") == 5)
    }

    @Test("The count agrees with the rows, also after refusals and rollbacks")
    func count() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(rig.delivery("1"), [letter(1), letter(1), letter(2)])
        try await rig.accept(rig.delivery("2"), [letter(2)])
        let bytes = try rig.rows("SELECT sum(length(CAST(record AS BLOB)) + length(CAST(reason AS BLOB)) + 400) FROM dead_letters")
        #expect(try rig.rows("SELECT letters, bytes FROM dead_letter_size") == ["2|\(bytes[0])"])
    }

    @Test("Deleted letters are no longer counted")
    func removed() async throws {
        let rig = try TemporaryJournal(maxDeadLetters: 1000)
        for number in 1...5 { try await rig.accept(rig.delivery("\(number)"), [letter(number, bytes: number * 100)]) }
        #expect(try await rig.journal.pruneDeadLetters() > 0)
        let counted = try rig.rows("SELECT letters, bytes FROM dead_letter_size")
        let sum = "SELECT count(*), sum(length(CAST(record AS BLOB)) + length(CAST(reason AS BLOB)) + 400) FROM dead_letters"
        #expect(try counted == rig.rows(sum))
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("A delivery of many unreadable items has a hundred and one letters and is kept; retrying it resolves the readable ones")
    func summary() async throws {
        let rig = try TemporaryJournal()
        var list = EventList()
        for index in 0..<5000 { list.append(.unreadable("\(index)", index: index)) }
        list.append(.message("m-1"))
        let receipt = try await rig.accept(rig.delivery("[…]"), list.events)
        #expect(receipt.rejected == 5000 && receipt.accepted == 1)
        #expect(try rig.counts() == [1, 0, 0, 101, 1])
        let open = try await rig.journal.reader.deadLetters(limit: 200)
        #expect(open.contains { $0.letter.reason == "4900 more items cannot be read; they are in the delivery" })
        // A later version of the adapter can read all but three of them.
        let id = try #require(open.first?.letter.deliveryID)
        let capture = try #require(try await rig.journal.reader.capture(id))
        var fixed = (0..<3).map { Event.unreadable("\($0)", index: $0) }
        fixed += (3..<5000).map { .message("n-\($0)") }
        let retaken = try await rig.journal.retake(capture, fixed + [.message("m-1")])
        #expect(retaken.receipt.accepted == 4997 && retaken.left.count == 3 && retaken.settled.count == 98)
    }
}
