import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("A delivery of very many items")
struct DeliveryPartsTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private static func messages(_ count: Int) -> [Event] {
        (0..<count).map { .message("m-\($0)", from: .phone("91987654\(1000 + $0 % 1500)")) }
    }

    @Test("It is one delivery, counted as a whole; repeating it gives only duplicates")
    func whole() async throws {
        let events = Self.messages(2500) + [.unreadable("{}", index: 2500)]
        let receipt = try await taken(rig.journal.accept(rig.delivery(), events))
        #expect([receipt.accepted, receipt.duplicates, receipt.rejected] == [2500, 0, 1])
        #expect(try rig.counts() == [2500, 0, 0, 1, 1])
        #expect(try rig.rows("SELECT count(*) FROM messages NATURAL JOIN deliveries") == ["2500"])
        let again = try await taken(rig.journal.accept(rig.delivery(), events))
        #expect([again.accepted, again.duplicates, again.rejected] == [0, 2500, 1])
        #expect(try rig.counts() == [2500, 0, 0, 1, 1])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Other writes are stored between its parts")
    func between() async throws {
        async let large = rig.journal.accept(rig.delivery(), Self.messages(10_000))
        while try rig.count("messages") == 0 { await Task.yield() }
        try await rig.accept(.message("other"))
        _ = try await large
        #expect(try rig.rows("SELECT max(rowid) > (SELECT rowid FROM messages WHERE external_id = 'other') FROM messages") == ["1"])
        #expect(try rig.count("messages") == 10_001)
    }

    @Test("If a part fails, the earlier ones are stored, and sending it again stores the rest")
    func failing() async throws {
        let other = try OtherProcess(rig.path)
        try other.execute(
            """
            CREATE TRIGGER refusal BEFORE INSERT ON messages WHEN NEW.external_id = 'm-2100'
            BEGIN SELECT RAISE(ABORT, 'refused'); END
            """)
        let events = Self.messages(3000)
        let failure = await error { _ = try await rig.journal.accept(rig.delivery(), events) }
        #expect(failure?.code == .rejected)
        #expect(try rig.counts() == [2000, 0, 0, 0, 1])
        try other.execute("DROP TRIGGER refusal")
        let receipt = try await taken(rig.journal.accept(rig.delivery(), events))
        #expect([receipt.accepted, receipt.duplicates] == [1000, 2000])
        #expect(try rig.counts() == [3000, 0, 0, 0, 2])
        #expect(try rig.rows("SELECT count(*) FROM messages NATURAL JOIN deliveries") == ["3000"])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Captures are stored like deliveries, whatever their sizes, and each has its own receipt")
    func captures() async throws {
        let sizes = [1, 2500, 0, 3, 4000, 4999, 1]
        var first = 0
        let captures = sizes.map { size in
            defer { first += size }
            let events = (first..<first + size).map { Event.message("c-\($0)", from: .phone("91987654\(1000 + $0 % 1500)")) }
            return ReadCapture(Capture(rig.delivery()), events)
        }
        let outcomes = try await rig.journal.accept(captures)
        #expect(outcomes == sizes.map { .taken(Receipt(accepted: $0)) })
        #expect(try rig.counts() == [sizes.reduce(0, +), 0, 0, 0, sizes.count { $0 > 0 }])
        let again = try await rig.journal.accept(captures)
        #expect(again == sizes.map { .taken(Receipt(duplicates: $0)) })
    }

    private func taken(_ outcome: AcceptOutcome) throws -> Receipt {
        guard case .taken(let receipt) = outcome else { throw Unexpected(what: "\(outcome)") }
        return receipt
    }
}
