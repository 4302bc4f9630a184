import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Dead letters")
struct DeadLetterTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private var reader: JournalReader { rig.journal.reader }

    private func refused(_ record: String = "{}", of delivery: DeliveryID? = nil) -> DeadLetter {
        DeadLetter(stage: .sync, reason: "400", detail: "body", deliveryID: delivery, record: record, createdAt: rig.clock.now)
    }

    @Test("A repeated dead letter is counted, with the time of the last occurrence")
    func occurrences() async throws {
        let first = rig.clock.now
        try await rig.accept(.unreadable("{}"))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.unreadable("{}"), .unreadable("{}", index: 1))
        let letter = try #require(try await reader.deadLetters(limit: 10).first)
        #expect(letter.occurrences == 3)
        #expect(letter.lastSeenAt == rig.clock.now)
        #expect(letter.letter.createdAt == first)
        #expect(try await reader.deadLetters(limit: 10).count == 1)
        #expect(try await reader.deadLetter(letter.id) == letter)
    }

    @Test("A resolved dead letter stays resolved when it repeats, unless the database refuses it again")
    func again() async throws {
        try await rig.accept(.unreadable("{}"))
        try await rig.journal.keep(refused())
        let ids = try await reader.deadLetters(limit: 10).map(\.id)
        #expect(try await rig.journal.settle(ids) == 2)
        #expect(try await rig.journal.settle(ids) == 0)
        #expect(try await reader.deadLetters(limit: 10).isEmpty)
        try await rig.accept(.unreadable("{}"))
        try await rig.journal.keep(refused())
        #expect(try await reader.deadLetters(limit: 10).map(\.letter.stage) == [.sync])
        #expect(try await reader.deadLetters(DeadLetterFilter(includesSettled: true), limit: 10).map(\.occurrences) == [2, 2])
    }

    @Test("Dead letters are listed by stage and time, the latest first, or one after the other")
    func list() async throws {
        try await rig.accept(.unreadable("1"))
        rig.clock.advance(by: .seconds(60))
        try await rig.journal.keep(refused("2"))
        try await rig.accept(.unreadable("3"))
        func records(_ filter: DeadLetterFilter) async throws -> [String] {
            try await reader.deadLetters(filter, limit: 10).map(\.letter.record)
        }
        #expect(try await records(DeadLetterFilter()) == ["3", "2", "1"])
        #expect(try await records(DeadLetterFilter(stage: .normalize)) == ["3", "1"])
        #expect(try await records(DeadLetterFilter(since: rig.clock.now)) == ["3", "2"])
        #expect(try await reader.deadLetters(limit: 1).map(\.letter.record) == ["3"])
        let first = try #require(try await reader.deadLetters(after: 0, limit: 1).first)
        #expect(first.letter.record == "1")
        #expect(try await reader.deadLetters(after: first.position, limit: 10).map(\.letter.record) == ["2", "3"])
    }

    @Test("Reading a delivery again resolves the items that can be read now, and keeps the other letters")
    func retake() async throws {
        try await rig.accept(rig.delivery("batch"), [.message("a"), .unreadable("1"), .unreadable("2")])
        let capture = try #require(try await reader.captures(CaptureFilter(), after: 0, limit: 1).first)
        rig.clock.advance(by: .seconds(60))
        let retaken = try await rig.journal.retake(capture, [.message("a"), .message("b"), .unreadable("2")])
        #expect(retaken.receipt == Receipt(accepted: 1, duplicates: 1))
        #expect([retaken.settled.count, retaken.left.count] == [1, 1])
        let left = try #require(try await reader.deadLetters(limit: 10).first)
        #expect([left.letter.record, "\(left.occurrences)"] == ["2", "1"])
        #expect(try await reader.deadLetter(retaken.settled[0])?.resolvedAt == rig.clock.now)
        #expect(try rig.rows("SELECT received_at FROM messages ORDER BY seq") == Array(repeating: "2026-11-22T18:00:00.000Z", count: 2))
    }

    @Test("A delivery of very many items is retried in parts, with the same result")
    func retakeLarge() async throws {
        try await rig.accept(rig.delivery("batch"), [.message("m-0"), .unreadable("1"), .unreadable("2")])
        let capture = try #require(try await reader.captures(CaptureFilter(), after: 0, limit: 1).first)
        let messages = (0..<2500).map { Event.message("m-\($0)") }
        let retaken = try await rig.journal.retake(capture, messages + [.unreadable("2")])
        #expect(retaken.receipt == Receipt(accepted: 2499, duplicates: 1))
        #expect([retaken.settled.count, retaken.left.count] == [1, 1])
        #expect(try rig.count("messages") == 2500)
    }

    @Test("Processing an unchanged delivery again changes nothing")
    func retakeUnchanged() async throws {
        try await rig.accept(.unreadable("1"))
        let capture = try #require(try await reader.captures(CaptureFilter(), after: 0, limit: 1).first)
        let before = try await reader.deadLetters(limit: 10)
        let retaken = try await rig.journal.retake(capture, [.unreadable("1")])
        #expect([retaken.settled, retaken.left] == [[], before.map(\.id)])
        #expect(try await reader.deadLetters(limit: 10) == before)
        #expect(try rig.count("deliveries") == 1)
    }
}
