import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Lookups of contacts for measurements")
struct LookupTests {
    private let ways = [Party.phone("919876543210"), .id("IN.1"), .phone("919876543210", id: "IN.1")]

    @Test("A contact is found by number, by id and by both, from the file and then from memory, and nothing is stored")
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

    @Test("A contact that one lookup has loaded is remembered by the next ones of the same call")
    func again() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        let found = try await rig.journal.lookUp(ways + ways, forgetting: true)
        #expect(found.map(\.wasRemembered) == [false, false, true, true, true, true])
    }

    @Test("A contact from the file has its active session, or none if the last one has ended", arguments: 0..<3)
    func session(way: Int) async throws {
        var rig = try TemporaryJournal()
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        rig = try rig.reopened()
        try await rig.accept(.message("m-2", from: ways[way]))
        let first = try #require(try await rig.sessions().first)
        _ = try await rig.journal.end(first.token)
        rig = try rig.reopened()
        try await rig.accept(.message("m-3", from: ways[way]))
        rig = try rig.reopened()
        try await rig.accept(.message("m-4", from: ways[way]))
        #expect(try rig.count("contacts") == 1)
        let query = "SELECT m.external_id, s.status FROM messages m JOIN sessions s USING (session_id) ORDER BY 1"
        #expect(try rig.rows(query) == ["m-1|logged_out", "m-2|logged_out", "m-3|active", "m-4|active"])
        #expect(try rig.count("sessions") == 2)
    }

    @Test(
        "From the file, a number leads to its present holder, however it is written and whomever else it has led to",
        arguments: [Party.phone("919876543210"), .phone("+919876543210"), .phone("+91 98765-43210"), .local("+919876543210")])
    func passed(number: Party) async throws {
        let rig = try TemporaryJournal()
        let later = Party(phone: number.phone, identities: [.userID("IN.2")])
        try await rig.accept(.message("m-1", from: Party(phone: number.phone, identities: [.userID("IN.1")])))
        let first = try rig.rows("SELECT contact_id FROM contacts")
        #expect(try await found(number, in: rig) == first)
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-2", from: later))
        let second = try rig.rows("SELECT contact_id FROM contacts WHERE phone = '+919876543210'")
        #expect(second != first)
        for way in [number, .id("IN.2"), later] { #expect(try await found(way, in: rig) == second) }
        #expect(try await found(.id("IN.1"), in: rig) == first)
    }

    @Test("For a contact from the file, a new name is stored, and the same name changes nothing")
    func name() async throws {
        let rig = try TemporaryJournal()
        for name in ["Asha", "Asha", "Asha Rao"] {
            _ = try await found(.phone("919876543210", id: "IN.1", name: name), in: rig)
            #expect(try rig.rows("SELECT display_name FROM contacts") == [name])
        }
        // The contact with its two identities is one change, and the new name is another.
        #expect(try rig.count("changes") == 2)
    }

    private func found(_ party: Party, in rig: TemporaryJournal) async throws -> [String] {
        try await rig.journal.lookUp([party], forgetting: true).compactMap { $0.contact.map { "\($0)" } }
    }

    @Test("A new key, before or after a known one, leads to the known contact", arguments: [false, true])
    func newKey(isFirst: Bool) async throws {
        var rig = try TemporaryJournal()
        try await rig.accept(.message("m-1", from: .id("IN.2")))
        rig = try rig.reopened()
        let ids = [Identity.userID("IN.2"), Identity(kind: "whatsapp_parent_user_id", scope: "main", value: "IN.ENT.2")]
        try await rig.accept(.message("m-2", from: Party(identities: isFirst ? ids.reversed() : ids)))
        #expect(try rig.rows("SELECT count(*), count(DISTINCT session_id) FROM messages") == ["2|1"])
        #expect(try rig.rows("SELECT count(*), count(DISTINCT contact_id) FROM identities") == ["2|1"])
    }

    private func stored(in rig: TemporaryJournal) throws -> [[String]] {
        try ["contacts", "identities", "sessions", "messages"].map { try rig.rows("SELECT * FROM \($0)") }
    }
}
