import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The size limit of deliveries")
struct SizeTests {
    private let kilobyte = String(repeating: "x", count: 1000)

    private func fill(_ rig: TemporaryJournal, _ names: String...) async throws {
        for name in names { try await rig.accept(rig.delivery(kilobyte), [.message(name)]) }
    }

    private func kept(_ rig: TemporaryJournal) throws -> [String] {
        try rig.rows("SELECT external_id FROM deliveries JOIN messages USING (delivery_id) ORDER BY seq")
    }

    @Test("The oldest are removed until the rest fits, and no more than that")
    func oldest() async throws {
        let rig = try TemporaryJournal(maxSize: 3 * 1300)
        try await fill(rig, "a", "b", "c", "d", "e")
        #expect(try await rig.journal.enforceSize() == 2)
        #expect(try kept(rig) == ["c", "d", "e"])
        #expect(try await rig.journal.enforceSize() == 0)
        try await fill(rig, "f")
        #expect(try await rig.journal.enforceSize() == 1)
    }

    @Test("Rows that the database has not received are never removed")
    func unsynced() async throws {
        let rig = try TemporaryJournal(maxSize: 1, syncTarget: "db")
        try await fill(rig, "a", "b")
        let position = try #require(try await rig.journal.outbox(after: 0, limit: 100).items.last { $0.kind == .message }?.sequence)
        #expect(try await rig.journal.enforceSize() == 0)
        try await rig.journal.advance("db", to: position - 1)
        #expect(try await rig.journal.enforceSize() == 1)
        #expect(try kept(rig) == ["b"])
    }

    @Test("A block with such rows is not removed either")
    func unsyncedBlock() async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(86_400), maxSize: 1, syncTarget: "db")
        try await fill(rig, "a", "b")
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 2)
        let end = try await rig.journal.outbox(after: 0, limit: 100).end
        try await rig.journal.advance("db", to: end - 1)
        #expect(try await rig.journal.enforceSize() == 0)
        try await rig.journal.advance("db", to: end)
        #expect(try await rig.journal.enforceSize() == 2)
    }

    @Test("A delivery with an unresolved dead letter is removed after all others")
    func letters() async throws {
        let rig = try TemporaryJournal(maxSize: 2 * 1300)
        try await rig.accept(rig.delivery(kilobyte), [.unreadable("{}")])
        try await fill(rig, "a", "b")
        #expect(try await rig.journal.enforceSize() == 1)
        #expect(try rig.rows("SELECT count(*) FROM deliveries JOIN dead_letters USING (delivery_id)") == ["1"])
        let tight = try TemporaryJournal(maxSize: 1)
        try await tight.accept(tight.delivery(kilobyte), [.unreadable("{}")])
        try await fill(tight, "a")
        #expect(try await tight.journal.enforceSize() == 2)
        #expect(try tight.count("dead_letters") == 1)
    }

    @Test("Blocks count with their stored size, and are removed whole")
    func blocks() async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(86_400), maxSize: 2 * 1300)
        try await fill(rig, "a", "b", "c", "d")
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 4)
        try await fill(rig, "e")
        #expect(try await rig.journal.enforceSize() == 0)
        try await fill(rig, "f")
        #expect(try await rig.journal.enforceSize() == 4)
        #expect(try kept(rig) == ["e", "f"])
    }

    @Test("The count continues after the journal was reopened")
    func reopened() async throws {
        let rig = try TemporaryJournal(maxSize: 3 * 1300)
        try await fill(rig, "a", "b", "c", "d")
        let next = try rig.reopened()
        #expect(try await next.journal.enforceSize() == 1)
        #expect(try kept(next) == ["b", "c", "d"])
    }

    @Test("After the journal is reopened, blocks are removed without a new delivery, and before deliveries with a dead letter")
    func reopenedBlocks() async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(86_400), maxSize: 1300)
        try await rig.accept(rig.delivery(kilobyte), [.unreadable("{}")])
        try await fill(rig, "a", "b")
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 2)
        let next = try rig.reopened()
        #expect(try await next.journal.enforceSize() == 2)
        #expect(try next.rows("SELECT count(*) FROM deliveries JOIN dead_letters USING (delivery_id)") == ["1"])
    }
}
