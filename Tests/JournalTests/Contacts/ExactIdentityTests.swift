import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Ids that differ only in bytes, and placeholders for ids")
struct ExactIdentityTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    /// `é` as one character and as two, and other pairs that are equal in Swift, but not in SQLite or PostgreSQL.
    private static let pairs = [("IN.\u{E9}", "IN.e\u{301}"), ("\u{212A}1", "K1"), ("a\u{301}\u{323}", "a\u{323}\u{301}")]

    @Test("Two ids that differ in bytes are two people, in one delivery and in several", arguments: pairs, [false, true])
    func people(ids: (String, String), inOne: Bool) async throws {
        let events: [Event] = [
            .message("m-1", from: .id(ids.0)), .message("m-2", from: .id(ids.1)), .message("m-3", from: .id(ids.0)),
            .message("m-4", from: .id(ids.1)),
        ]
        if inOne {
            try await rig.accept(rig.delivery(), events)
        } else {
            for event in events { try await rig.accept(rig.delivery(event.externalID), [event]) }
        }
        #expect(try rig.rows("SELECT count(DISTINCT contact_id), count(*) FROM messages") == ["2|4"])
        #expect(try rig.count("contacts") == 2 && rig.count("sessions") == 2)
        let found = try rig.rows(
            "SELECT i.value FROM messages m JOIN identities i ON i.contact_id = m.contact_id ORDER BY m.external_id")
        #expect(found.map { Array($0.utf8) } == [ids.0, ids.1, ids.0, ids.1].map { Array($0.utf8) })
    }

    @Test("If a number is shown with one id and then with another, these are two people", arguments: pairs)
    func numbers(ids: (String, String)) async throws {
        try await rig.accept(.message("m-1", from: .phone("919876543210", id: ids.0)))
        rig.clock.advance(by: .seconds(1))
        try await rig.accept(.message("m-2", from: .phone("919876543210", id: ids.1)))
        #expect(try rig.count("contacts") == 2 && rig.count("sessions") == 2)
    }

    @Test("Two customers that differ in bytes are two: the second start is a conflict", arguments: pairs)
    func customers(ids: (String, String)) async throws {
        try await rig.start("+919876543210", customer: ids.0)
        guard case .conflict = try await rig.outcome("+919876543210", customer: ids.1) else {
            Issue.record("no conflict")
            return
        }
        try await rig.start("+919876543210", customer: ids.0)
        #expect(try rig.count("sessions") == 1)
    }

    @Test("Items whose ids differ only in bytes are two, and so are texts", arguments: pairs)
    func items(ids: (String, String)) async throws {
        #expect(try await rig.accept(.message(ids.0), .message(ids.1)).accepted == 2)
        var other = Event.message(ids.0)
        guard case .message(var message) = other.content else { return }
        message.text = ids.0
        other.content = .message(message)
        other.externalID = "m"
        try await rig.accept(rig.delivery("first"), [other])
        message.text = ids.1
        other.content = .message(message)
        #expect(try await rig.accept(rig.delivery("second"), [other]).differing == 1)
    }

    @Test(
        "A placeholder for an id belongs to nobody: its messages are stored, and do not make two people one",
        arguments: ["", "  ", "0", "000"])
    func nobody(id: String) async throws {
        try await rig.accept(
            .message("m-1", from: .id(id)), .message("m-2", from: .id(id)), .message("m-3", from: .phone("919876543210", id: id)),
            .message("m-4", from: .phone("919876543211", id: id)))
        try await rig.accept(.change("c-1", of: .phone("919876543210"), userID: id))
        #expect(try rig.rows("SELECT external_id, contact_id IS NULL FROM messages ORDER BY 1") == ["m-1|1", "m-2|1", "m-3|0", "m-4|0"])
        #expect(try rig.rows("SELECT phone FROM contacts ORDER BY 1") == ["+919876543210", "+919876543211"])
        #expect(try rig.rows("SELECT value FROM identities ORDER BY 1") == ["919876543210", "919876543211"])
    }
}
