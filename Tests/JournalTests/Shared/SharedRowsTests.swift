import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("What the shared database reports about this journal's rows")
struct SharedRowsTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("An item moves to a session that is known here, and stays if the session is unknown", arguments: [true, false])
    func moved(isKnown: Bool) async throws {
        try await rig.accept(.message("m-1"), .activity("screen.viewed", "e-1"))
        let ours = try #require(try await rig.sessions().first)
        var theirs = ours
        theirs.id = SessionID("01a219dc-33fd-7029-8b8d-4f4f2d93c3df") ?? ours.id
        theirs.token = Secret("another-token")
        theirs.status = .loggedOut
        var merged = ours
        merged.status = .merged
        merged.metadata = #"{"merged_into":"\#(theirs.id)"}"#
        let items = try rig.rows("SELECT message_id FROM messages UNION ALL SELECT event_id FROM events")
        let stored = [SharedSession(stored: merged)] + (isKnown ? [SharedSession(stored: theirs)] : [])
        try await rig.journal.adopt(SharedRows(sessions: stored, moved: items.map { MovedItem(id: $0, session: theirs.id) }))
        let expected = (isKnown ? theirs : ours).id.description
        #expect(try rig.rows("SELECT session_id FROM messages UNION ALL SELECT session_id FROM events") == [expected, expected])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Times from a clock that was ahead are not applied, so that the sweep has nothing to correct", arguments: [true, false])
    func future(isKnown: Bool) async throws {
        try await rig.accept(.message("m-1"))
        let ours = try #require(try await rig.sessions().first)
        var theirs = ours
        theirs.lastActivity = ours.lastActivity.adding(.seconds(90_000))
        theirs.expiresAt = ours.expiresAt.adding(.seconds(90_000))
        if !isKnown { try rig.execute("DELETE FROM messages; DELETE FROM sessions") }
        rig.clock.advance(by: .seconds(60))
        try await rig.journal.adopt(SharedRows(sessions: [SharedSession(stored: theirs)]))
        #expect(try await rig.session(ours.id).lastActivity == (isKnown ? ours.lastActivity : rig.clock.now))
        #expect(try await rig.session(ours.id).expiresAt.since(rig.session(ours.id).lastActivity) == .seconds(86_400))
        #expect(try await rig.journal.returnSessionsToPresent() == 0)
    }

    @Test(
        "Contacts that were merged here are separated once the database reports two customers, however late",
        arguments: [0, -60])
    func joinedWrongly(age: Int) async throws {
        let first = try await rig.start("+919876543210")
        let second = try await rig.start("+919876543211", customer: "102")
        let known = Contact(id: second.contactID, phone: second.phone, customerID: "102")
        try await rig.journal.adopt(SharedRows(contacts: [SharedContact(given: first.contactID, canonical: known)]))
        let contacts = "SELECT coalesce(customer_id, '-') || ' ' || (merged_into IS NULL) FROM contacts ORDER BY contact_id"
        #expect(try rig.rows(contacts) == ["- 0", "102 1"])

        let told = Contact(id: first.contactID, phone: first.phone, customerID: "101")
        let answer = SharedContact(given: first.contactID, canonical: told, changedAt: rig.clock.now.adding(.seconds(age)))
        for _ in 1...2 {
            try await rig.journal.adopt(SharedRows(contacts: [answer]))
            #expect(try rig.rows(contacts) == ["101 1", "102 1"])
        }
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("A customer's live session is not shown to another one whom the shared database names at its contact")
    func customerOfContact() async throws {
        let ours = try await rig.start("+919876543210", customer: "101")
        let contact = Contact(id: ours.contactID, phone: ours.phone, customerID: "102")
        try await rig.journal.adopt(SharedRows(contacts: [SharedContact(given: ours.contactID, canonical: contact)]))
        let phone = ReceivedPhone("+919876543210")
        let other = try await rig.journal.start(StartRequest(phone: phone, channel: .chat, customerID: "102"))
        #expect(other == .conflict)
        guard case .restored(let restored) = try await rig.journal.start(StartRequest(phone: phone, channel: .chat, customerID: "101"))
        else {
            throw Unexpected(what: "the owner gets the session")
        }
        #expect(restored.id == ours.id)
    }

    @Test(
        "The database's holder of a number differs from a contact that the database knows, and equals one that it does not know",
        arguments: [true, false])
    func holder(isCarried: Bool) async throws {
        let ours = try await rig.start("+919876543210")
        if isCarried { try await rig.journal.advance("database", to: rig.journal.outbox(after: 0, limit: 100).end) }
        let id = try #require(ContactID("01a219dc-33fd-7029-8b8d-4f4f2d93c3df"))
        var theirs = Contact(id: id, phone: nil)
        theirs.take(phone: "+919876543210", since: rig.clock.now)
        try await rig.journal.adopt(SharedRows(contacts: [SharedContact(given: id, canonical: theirs)]))
        let contacts = try rig.rows("SELECT phone, merged_into IS NULL FROM contacts ORDER BY contact_id = '\(ours.contactID)'")
        #expect(contacts == ["+919876543210|1", isCarried ? "-|1" : "-|0"])
    }
}
