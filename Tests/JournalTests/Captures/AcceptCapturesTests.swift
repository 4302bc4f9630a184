import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Captures that are replayed into a journal")
struct AcceptCapturesTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private func captures(_ count: Int) -> [ReadCapture] {
        (0..<count).map { index in
            var delivery = rig.delivery("\(index)")
            delivery.receivedAt = delivery.receivedAt.adding(.seconds(index))
            return ReadCapture(Capture(delivery), [.message("m\(index)", from: .phone("9198765\(10000 + index % 7)"))])
        }
    }

    @Test("Captures are stored in order, with the times at which they were received")
    func order() async throws {
        let outcomes = try await rig.journal.accept(captures(600))
        #expect(outcomes == Array(repeating: .taken(Receipt(accepted: 1)), count: 600))
        #expect(try rig.rows("SELECT count(*), count(DISTINCT received_at) FROM deliveries") == ["600|600"])
        #expect(try rig.rows("SELECT external_id FROM messages ORDER BY seq LIMIT 2") == ["m0", "m1"])
        #expect(try rig.count("sessions") == 7)
    }

    @Test("Storing them a second time changes nothing")
    func again() async throws {
        _ = try await rig.journal.accept(captures(10))
        let before = try rig.counts()
        let outcomes = try await rig.journal.accept(captures(10))
        #expect(outcomes == Array(repeating: .taken(Receipt(duplicates: 1)), count: 10))
        #expect(try rig.counts() == before)
    }

    @Test("A capture dated in the future ends no session, and keeps no session live until then")
    func future() async throws {
        let session = try await rig.start("9876543210")
        var delivery = rig.delivery("a")
        delivery.receivedAt = rig.clock.now.adding(.seconds(2 * 86_400))
        _ = try await rig.journal.accept([ReadCapture(Capture(delivery), [.message("m-1", from: .asha)])])
        let after = try await rig.session(session.id)
        #expect(after.status == .active && after.lastActivity == rig.clock.now)
        #expect(try rig.rows("SELECT session_id FROM messages") == [session.id.description])
        #expect(try await rig.journal.reader.session(token: session.token)?.id == session.id)
    }

    @Test("A capture authenticated by the token of a person without a number is that person's, also in another journal")
    func withoutNumber() async throws {
        let id = ContactID(milliseconds: 1_795_000_000_000, sequence: 1, random: 7)
        var delivery = rig.delivery("a")
        delivery.headers = [Delivery.Header(lowercase: SessionToken.header, SessionToken.mark(owner: id))]
        let capture = ReadCapture(Capture(delivery), [.message("a", from: nil)])
        let outcomes = try await rig.journal.accept([capture])
        #expect(outcomes == [.taken(Receipt(accepted: 1))])
        #expect(try rig.rows("SELECT contact_id, phone FROM contacts") == ["\(id)|-"])
        #expect(try rig.rows("SELECT m.contact_id FROM messages m JOIN sessions USING (session_id)") == [id.description])
        #expect(try await rig.journal.accept([capture]) == [.taken(Receipt(duplicates: 1))])
        // A delivery without an event by the token's contact creates no contact.
        delivery.headers = [
            Delivery.Header(lowercase: SessionToken.header, SessionToken.mark(owner: ContactID(milliseconds: 1, sequence: 2, random: 3)))
        ]
        _ = try await rig.journal.accept([ReadCapture(Capture(delivery), []), ReadCapture(Capture(delivery), [.unreadable("{}")])])
        #expect(try rig.count("contacts") == 1)
    }

    @Test("The person of a token's session is stored with the capture, and a repetition opens no session")
    func person() async throws {
        let capture = ReadCapture(Capture(rig.delivery("a"), person: "+919876543210"), [.message("a", from: nil)])
        _ = try await rig.journal.accept([capture])
        #expect(try rig.rows("SELECT phone FROM sessions") == ["+919876543210"])
        #expect(try rig.rows("SELECT count(*) FROM messages JOIN sessions USING (session_id)") == ["1"])
        rig.clock.advance(by: .seconds(200_000))
        _ = try await rig.journal.expireOverdueSessions()
        _ = try await rig.journal.accept([capture])
        #expect(try rig.count("sessions") == 1)
    }

    @Test("A capture that the tables refuse does not affect the others")
    func refused() async throws {
        try rig.execute(
            "CREATE TRIGGER no BEFORE INSERT ON deliveries WHEN new.body = CAST('1' AS BLOB) BEGIN SELECT raise(ABORT, 'no'); END")
        await #expect(throws: JournalError.self) { try await rig.journal.accept(captures(3)) }
        #expect(try rig.rows("SELECT external_id FROM messages ORDER BY seq") == ["m0", "m2"])
    }
}
