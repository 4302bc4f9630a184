import Messaging
import Testing

@testable import Journal

@Suite("Several forms of one number in the journal")
struct NumberFormTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test(
        "Numbers of a plan that changed are one person's in each form, from providers and clients alike",
        arguments: [
            [Party.phone("22997123456"), .phone("2290197123456"), .local("+229 01 97 12 34 56"), .local("+22997123456")],
            [.phone("2290197123456"), .local("+229 97 12 34 56")],
            [.phone("22507123456"), .local("+225 07 07 12 34 56"), .phone("2250707123456")],
            [.phone("24106123456"), .phone("24166123456"), .local("+241 66 12 34 56"), .phone("2416123456")],
        ], [false, true])
    func changedPlans(parties: [Party], isReopened: Bool) async throws {
        var rig = rig
        for (index, party) in parties.enumerated() {
            try await rig.accept(.message("m-\(index)", from: party))
            if isReopened { rig = try rig.reopened() }
        }
        #expect(try rig.count("contacts") == 1)
        #expect(try rig.count("sessions") == 1)
        #expect(try rig.count("identities") == parties.count)
    }

    @Test("A start with the new form of a number restores the session of the old form, which stays as it was received")
    func start() async throws {
        try await rig.accept(.message("m-1", from: .phone("22997123456")))
        let opened = try rig.rows("SELECT session_id FROM sessions")
        let session = try await rig.start("+2290197123456")
        #expect(opened == ["\(session.id)"])
        #expect(session.phone == "+22997123456")
        #expect(try rig.rows("SELECT value FROM identities ORDER BY value") == ["+2290197123456", "22997123456"])
    }

    @Test("A landline and a mobile of Argentina with the same digits are two people")
    func argentina() async throws {
        try await rig.accept(
            .message("m-1", from: .phone("541143215678")), .message("m-2", from: .phone("5491143215678")),
            .message("m-3", from: .phone("541143215678")))
        #expect(try rig.count("contacts") == 2)
        #expect(try rig.count("sessions") == 2)
    }

    @Test("Sessions and captures are found by any form of their number", arguments: ["+24106123456", "+2416123456", "+24166123456"])
    func lookups(phone: String) async throws {
        try await rig.accept(.message("m-1", from: .phone("24166123456")), .status("read", of: "m-1", to: "24106123456"))
        #expect(try await rig.journal.reader.sessions(phone: phone, limit: 10).map(\.phone) == ["+24166123456"])
        #expect(try await rig.journal.reader.sessionCount(phone: phone) == 1)
        #expect(try await rig.journal.reader.sessionCount(phone: "+24166123457") == 0)
        let captures = try await rig.journal.reader.captureCount(CaptureFilter(phone: phone))
        #expect(captures == 1)
    }
}
