import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Statuses and notices that contain a number and an id of one person")
struct PairTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private func status(_ id: String, of party: Party?, at time: Instant? = nil) -> Event {
        Event(
            externalID: id, channel: .whatsapp, party: party, occurredAt: time, effect: .none,
            content: .status(MessageStatus(status: "delivered", recipient: party?.phone?.text)))
    }

    @Test("Somebody who later writes with the id alone is the contact of the number, and the status has opened no session")
    func learned() async throws {
        try await rig.accept(status("1", of: .phone("919876543210", id: "IN.1")))
        #expect(try rig.rows("SELECT phone FROM contacts") == ["+919876543210"])
        #expect(try rig.count("sessions") == 0)
        try await rig.accept(.message("2", from: .id("IN.1")))
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.rows("SELECT phone FROM sessions") == ["+919876543210"])
    }

    @Test("A contact that was known only by its id learns the number, and its session stays unchanged", arguments: [false, true])
    func learnsNumber(isReopened: Bool) async throws {
        try await rig.accept(.message("1", from: .id("IN.1")))
        let before = try #require(try await rig.sessions().first)
        let next = isReopened ? try rig.reopened() : rig
        next.clock.advance(by: .seconds(60))
        try await next.accept(status("2", of: .phone("919876543210", id: "IN.1")))
        let after = try #require(try await next.sessions().first)
        #expect(after.id == before.id && after.lastActivity == before.lastActivity && after.phone == "+919876543210")
        try await next.accept(.message("3", from: .phone("919876543210")))
        #expect(try next.count("sessions") == 1)
    }

    @Test("A status merges two contacts that turn out to be one person, even if it is older than both")
    func joins() async throws {
        try await rig.accept(.message("1", from: .id("IN.1")), .message("2", from: .phone("919876543210")))
        #expect(try rig.rows("SELECT count(*) FROM contacts WHERE merged_into IS NULL") == ["2"])
        try await rig.accept(status("3", of: .phone("919876543210", id: "IN.1"), at: rig.clock.now.adding(.seconds(-3600))))
        #expect(try rig.rows("SELECT count(*) FROM contacts WHERE merged_into IS NULL") == ["1"])
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["1"])
    }

    @Test(
        "Neither a status nor a notice takes an id from a person who has another number since, whatever its time",
        arguments: [0, -3600], [false, true])
    func passed(seconds: Int, isNotice: Bool) async throws {
        try await rig.accept(.message("1", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.change("2", of: .phone("919876543210", id: "IN.1"), to: "919811111111"))
        rig.clock.advance(by: .seconds(60))
        try await rig.start("098765 43210")
        let before = try rig.rows("SELECT value, contact_id FROM identities ORDER BY value")
        #expect(try rig.count("contacts") == 2)
        var told = status("4", of: .phone("919876543210", id: "IN.1"), at: rig.clock.now.adding(.seconds(seconds)))
        if isNotice { told.content = .notice(type: "smb_app_state_sync", data: "{}") }
        let receipt = try await rig.accept(told)
        #expect(receipt.accepted == 1)
        #expect(try rig.rows("SELECT value, contact_id FROM identities ORDER BY value") == before)
    }

    @Test("A notice with a number and an id leads both to their contact, and opens no session")
    func notice() async throws {
        var told = status("1", of: .phone("919876543210", id: "IN.1"))
        told.content = .notice(type: "smb_app_state_sync", data: "{}")
        try await rig.accept(told)
        #expect(try rig.rows("SELECT c.phone FROM events JOIN contacts c USING (contact_id)") == ["+919876543210"])
        try await rig.accept(.message("2", from: .id("IN.1")))
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.count("sessions") == 1)
    }

    @Test("A status with only a number or only an id creates no contact", arguments: [Party.asha, .id("IN.1"), nil])
    func halves(party: Party?) async throws {
        try await rig.accept(status("1", of: party))
        #expect(try rig.count("contacts") == 0)
    }

    @Test("A late notice with a number and an id is assigned to their contact, from memory or from the file", arguments: [false, true])
    func late(isReopened: Bool) async throws {
        let parties = [Party.phone("919876543210", id: "IN.1"), .phone("919876543210", id: "IN.2")]
        try await rig.accept(.message("1", from: parties[0]))
        rig.clock.advance(by: .seconds(60))
        // The number now belongs to somebody else.
        try await rig.accept(.message("2", from: parties[1]))
        let next = isReopened ? try rig.reopened() : rig
        var told = status("3", of: parties[1], at: next.clock.now.adding(.seconds(-30)))
        told.content = .notice(type: "smb_app_state_sync", data: "{}")
        try await next.accept(told)
        let holder = "(SELECT contact_id FROM contacts WHERE phone = '+919876543210')"
        #expect(try next.rows("SELECT count(*) FROM events WHERE contact_id = \(holder)") == ["1"])
        #expect(try next.count("contacts") == 2)
    }

    @Test("A repeated status changes no contact")
    func again() async throws {
        try await rig.accept(status("1", of: .phone("919876543210", id: "IN.1"), at: rig.clock.now))
        try await rig.accept(.message("2", from: .phone("919876543210", id: "IN.2")))
        let before = try rig.rows("SELECT * FROM identities")
        let receipt = try await rig.accept(status("1", of: .phone("919876543210", id: "IN.1"), at: rig.clock.now))
        #expect(receipt.duplicates == 1)
        #expect(try rig.rows("SELECT * FROM identities") == before)
    }
}
