import Journal
import Messaging
import Testing

@Suite("Looking contacts up to measure it")
struct LookupTests {
    private let ways = [Party.phone("919876543210"), .id("IN.1"), .phone("919876543210", id: "IN.1")]

    @Test("A contact is found by number, by id and by both, out of the file and then from memory, and nothing is stored for it")
    func found() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1", name: "Asha")))
        let before = try stored(in: rig)
        let contact = try rig.rows("SELECT contact_id FROM contacts")
        for way in ways {
            for isRemembered in [false, true] {
                let found = try await rig.journal.lookUp([way], forgetting: !isRemembered)
                #expect(found.map(\.wasRemembered) == [isRemembered])
                #expect(found.map { $0.contact.map { "\($0)" } } == contact)
            }
        }
        #expect(try stored(in: rig) == before)
    }

    @Test("What was found once in a row of look-ups is remembered in it")
    func again() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        let found = try await rig.journal.lookUp(ways + ways, forgetting: true)
        #expect(found.map(\.wasRemembered) == [false, false, true, true, true, true])
    }

    private func stored(in rig: TemporaryJournal) throws -> [[String]] {
        try ["contacts", "identities", "sessions", "messages"].map { try rig.rows("SELECT * FROM \($0)") }
    }
}
