import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Deliveries that are deleted after their time")
struct PruneTests {
    @Test("Old deliveries are deleted, recent ones stay, and so do the messages of both")
    func age() async throws {
        let rig = try TemporaryJournal(keep: .seconds(3600))
        try await rig.accept(.message("old"))
        rig.clock.advance(by: .seconds(3000))
        try await rig.accept(.message("young"))
        rig.clock.advance(by: .seconds(1000))
        #expect(try await rig.journal.pruneDeliveries() == 1)
        #expect(try rig.rows("SELECT external_id FROM deliveries JOIN messages USING (delivery_id)") == ["young"])
        #expect(try rig.rows("SELECT count(*) FROM messages") == ["2"])
    }

    @Test("A delivery whose items the database does not have stays, however old it is")
    func unsynced() async throws {
        let rig = try TemporaryJournal(keep: .seconds(3600), syncTarget: "db")
        try await rig.accept(.message("a"))
        let position = try #require(try await rig.journal.outbox(after: 0, limit: 10).items.last?.sequence)
        try await rig.accept(.message("b"))
        rig.clock.advance(by: .seconds(90_000))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        try await rig.journal.advance("db", to: position)
        #expect(try await rig.journal.pruneDeliveries() == 1)
        #expect(try rig.rows("SELECT external_id FROM deliveries JOIN messages USING (delivery_id)") == ["b"])
    }

    @Test("A delivery with an unresolved dead letter stays")
    func deadLetter() async throws {
        let rig = try TemporaryJournal(keep: .seconds(3600))
        try await rig.accept(.unreadable("{}"))
        rig.clock.advance(by: .seconds(90_000))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        #expect(try rig.rows("SELECT count(*) FROM deliveries") == ["1"])
    }

    @Test("After the journal is reopened, old blocks are deleted even without a new delivery")
    func reopened() async throws {
        let rig = try TemporaryJournal(keep: .seconds(200_000), compressAfter: .seconds(86_400))
        try await rig.accept(.message("a"))
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 1)
        let next = try rig.reopened()
        next.clock.advance(by: .seconds(200_000))
        #expect(try await next.journal.pruneDeliveries() == 1)
        #expect(try next.count("delivery_blocks") == 0)
    }

    @Test("A letter of a deleted delivery keeps no block; a letter of a delivery in the block does")
    func goneDelivery() async throws {
        let rig = try TemporaryJournal(keep: .seconds(200_000), compressAfter: .seconds(86_400))
        try await rig.accept(rig.delivery("first"), [.message("a")])
        try await rig.accept(rig.delivery("letter"), [.unreadable("{}")])
        try await rig.accept(rig.delivery("last"), [.message("b")])
        let id = try rig.rows("SELECT delivery_id FROM deliveries ORDER BY last_seq")[0]
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 2)
        try rig.execute("DELETE FROM deliveries")
        rig.clock.advance(by: .seconds(200_000))
        try rig.execute("UPDATE dead_letters SET delivery_id = (SELECT first_id FROM delivery_blocks)")
        #expect(try rig.rows("SELECT delivery_id FROM dead_letters") == [id])
        #expect(try await rig.journal.pruneDeliveries() == 0)
        try rig.execute("UPDATE dead_letters SET delivery_id = (SELECT first_id || '-' FROM delivery_blocks)")
        #expect(try await rig.journal.pruneDeliveries() == 2)
    }

    @Test("A letter of a delivery that is a row between those of a block does not belong to the block")
    func rowBetween() async throws {
        let rig = try TemporaryJournal(compressAfter: .seconds(86_400))
        for events: [Event] in [[.message("a")], [.unreadable("1")], [.unreadable("2")], [.message("b")]] {
            try await rig.accept(rig.delivery(), events)
        }
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == 2)
        let hasLetter = "SELECT \(StoredBlock.hasLetter) FROM delivery_blocks b"
        #expect(try rig.rows(hasLetter) == ["0"])
        try rig.execute("DELETE FROM deliveries WHERE last_seq = (SELECT max(last_seq) FROM deliveries)")
        #expect(try rig.rows(hasLetter) == ["1"])
    }

    @Test("Without a limit none is deleted")
    func unlimited() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("a"))
        rig.clock.advance(by: .seconds(9_000_000))
        #expect(try await rig.journal.pruneDeliveries() == 0)
        #expect(try rig.rows("SELECT count(*) FROM deliveries") == ["1"])
    }
}
