import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("A number that is shown with another user id")
struct PassedNumberTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("Two people who show one number in turn have a session each, and no token shows the other's", arguments: [false, true])
    func twoPeople(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.2")), .message("m-3", from: .asha))
        let second = try await rig.start("+919876543210")
        #expect(second.id != first.id && second.customerID == nil)
        #expect(try await rig.journal.reader.session(token: first.token)?.customerID == "103")
        #expect(try await rig.session(first.id).phone == nil)
        let named = try await rig.start("+919876543210", customer: "104")
        #expect(named.id == second.id)
        #expect(try rig.rows("SELECT external_id FROM messages WHERE session_id = '\(second.id)' ORDER BY 1") == ["m-2", "m-3"])
    }

    @Test("Afterwards each is found by their id alone, and the first one by the number again once they show it", arguments: [false, true])
    func byID(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.2")))
        rig.clock.advance(by: .seconds(60))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-3", from: .id("IN.1")), .message("m-4", from: .id("IN.2")))
        try await rig.accept(.message("m-5", from: .phone("919876543210", id: "IN.1")))
        #expect(try rig.rows("SELECT count(*), count(DISTINCT session_id) FROM messages") == ["5|2"])
        #expect(try rig.rows("SELECT phone FROM contacts ORDER BY contact_id") == ["+919876543210", "-"])
        #expect(try rig.rows("SELECT phone FROM sessions ORDER BY session_id") == ["+919876543210", "-"])
    }

    @Test("A message that shows only the number belongs to its present holder", arguments: [false, true])
    func numberAlone(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.2")))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-3", from: .asha), .message("m-4", from: .local("+91 98765 43210")))
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages WHERE external_id <> 'm-1'") == ["1"])
    }

    @Test("After a change of number the former number leads to another person, except for late messages", arguments: [false, true])
    func afterChange(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(change("c-1", of: .phone("919876543210", id: "IN.1"), to: "919812345678", id: "IN.2"))
        let changed = rig.clock.now
        rig.clock.advance(by: .seconds(60))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.3")))
        try await rig.accept(
            .message("m-3", from: .phone("919876543210", id: "IN.1"), at: changed.adding(.seconds(-5))),
            .message("m-4", from: .phone("919812345678", id: "IN.2")))
        let first = "SELECT external_id FROM messages WHERE session_id = (SELECT min(session_id) FROM sessions) ORDER BY 1"
        #expect(try rig.rows(first) == ["m-1", "m-3", "m-4"])
        #expect(try rig.count("sessions") == 2)
        #expect(try rig.rows("SELECT phone FROM contacts ORDER BY contact_id") == ["+919812345678", "+919876543210"])
    }

    @Test(
        "If a person without a known user id has left a number, the next one to show it with a user id is another person",
        arguments: [false, true])
    func leftWithoutIDs(isReopened: Bool) async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(change("c-1", of: .asha, to: "919812345678", id: nil))
        rig.clock.advance(by: .seconds(60))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.70")))
        let second = try await rig.start("+919876543210")
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.70")))
        #expect(second.id != first.id && second.customerID == nil)
        #expect(try await rig.start("+919876543210").id == second.id)
        #expect(try await rig.start("+919812345678", customer: "103").id == first.id)
        #expect(try rig.rows("SELECT DISTINCT session_id FROM messages") == ["\(second.id)"])
    }

    @Test("A message with a user id from the former number, sent before the change, is from the person who left it")
    func leftWithoutIDsLate() async throws {
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(60))
        let sent = rig.clock.now
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(change("c-1", of: .asha, to: "919812345678", id: nil))
        var late = Event.message("m-1", from: .phone("919876543210", id: "IN.1"))
        late.occurredAt = sent
        try await rig.accept(late)
        #expect(try rig.rows("SELECT DISTINCT session_id FROM messages") == ["\(first.id)"])
        #expect(try await rig.start("+919812345678", customer: "103").id == first.id)
    }

    @Test("A change that is reported after somebody else had the number takes nothing from them", arguments: [false, true])
    func toldLate(isReopened: Bool) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.3")))
        rig.clock.advance(by: .seconds(60))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(change("c-1", of: .phone("919876543210", id: "IN.1"), to: "919812345678", id: "IN.2"))
        #expect(try rig.rows("SELECT phone FROM contacts ORDER BY contact_id") == ["+919812345678", "+919876543210"])
        try await rig.accept(.message("m-3", from: .id("IN.2")))
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages WHERE external_id <> 'm-2'") == ["1"])
    }

    @Test("A new id that was shown before its change is reported belongs to the same person, with number and older session")
    func idBeforeChange() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        let first = try await rig.start("+919876543210", customer: "103")
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.2")))
        rig.clock.advance(by: .seconds(5))
        try await rig.accept(.change("c-1", of: .id("IN.1"), userID: "IN.2"))
        #expect(try rig.rows("SELECT phone, customer_id FROM contacts WHERE merged_into IS NULL") == ["+919876543210|103"])
        #expect(try await rig.start("+919876543210", customer: "103").id == first.id)
        #expect(try await rig.sessions().map(\.status) == [.active, .merged])
        #expect(try rig.rows("SELECT count(*) FROM contacts WHERE number_from = contact_id") == ["0"])
    }

    @Test(
        "A change of an id without the former one is resolved by the number, whether or not the sender shows the new id",
        arguments: [nil, "IN.2"])
    func noFormerID(shown: String?) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        try await rig.accept(.change("c-1", of: .phone("919876543210", id: shown), userID: "IN.2"))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: "IN.2")), .message("m-3", from: .id("IN.1")))
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.rows("SELECT count(DISTINCT session_id) FROM messages") == ["1"])
    }

    @Test("A change of an id that does not identify the person is kept and counted without a contact")
    func nobody() async throws {
        let receipt = try await rig.accept(.change("c-1", of: Party(), userID: "IN.2"))
        #expect(receipt.accepted == 1)
        #expect(try rig.rows("SELECT kind, type, contact_id FROM events") == ["identity|user_id.changed|-"])
        #expect(try rig.count("contacts") == 0)
        let again = try await rig.accept(.change("c-1", of: Party(), userID: "IN.2"))
        #expect(again.duplicates == 1)
    }

    @Test("An id of a kind that the person does not have is learned beside the number")
    func otherKind() async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: "IN.1")))
        let parent = Identity(kind: "whatsapp_parent_user_id", scope: "main", value: "IN.ENT.1")
        try await rig.accept(.message("m-2", from: Party(phone: ReceivedPhone("919876543210"), identities: [parent])))
        #expect(try rig.count("contacts") == 1 && rig.count("identities") == 3)
    }

    private func change(_ id: String, of party: Party, to phone: String, id userID: String?) -> Event {
        let change = IdentityChange(
            type: "number.changed", data: "{}", phone: ReceivedPhone(phone), identities: userID.map { [.userID($0)] } ?? [])
        return Event(externalID: id, channel: .whatsapp, party: party, effect: .none, content: .identity(change))
    }
}
