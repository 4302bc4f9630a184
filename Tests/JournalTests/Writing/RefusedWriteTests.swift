import Journal
import Messaging
import SwitchboardTesting
import Testing

/// A test makes writes fail by a trigger that refuses one id, or by removing a table.
@Suite("Refused writes")
struct RefusedWriteTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("A refused write does not affect others that wait beside it")
    func neighbours() async throws {
        try refuse("m-13")
        let refused = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<64 {
                group.addTask { [rig] in
                    let error = await error { _ = try await rig.accept(.message("m-\(number)", from: .phone("91987654\(1000 + number)"))) }
                    return error.map { "m-\(number) \($0.code)" }
                }
            }
            return try await group.reduce(into: [String]()) { refused, error in
                if let error { refused.append(error) }
            }
        }
        #expect(refused == ["m-13 rejected"])
        #expect(try rig.counts() == [63, 0, 0, 0, 63])
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["63"])
    }

    @Test("If one item of a delivery is refused, none of it is stored")
    func whole() async throws {
        try refuse("m-2")
        let error = await error { _ = try await rig.accept(.message("m-1"), .status("sent", of: "s-1"), .message("m-2"), .message("m-3")) }
        #expect(error?.code == .rejected)
        #expect(try rig.counts() == [0, 0, 0, 0, 0])
        #expect(try ["contacts", "identities", "sessions"].map { try rig.count($0) } == [0, 0, 0])
    }

    @Test("After a rollback memory and file agree: no contact is remembered that was not stored")
    func memory() async throws {
        try refuse("m-1")
        let session = try await rig.start("+919812345678", customer: "103")
        rig.clock.advance(by: .seconds(60))
        let error = await error {
            try await rig.accept(
                .message("m-0", from: .phone("919812345678", name: "Asha")), .change("c-1", of: .phone("919812345678"), to: "919800000001"),
                .message("m-1", from: .asha))
        }
        #expect(error?.code == .rejected)
        #expect(try await rig.session(session.id) == session)
        try rig.execute("DROP TRIGGER refusal")
        try await rig.accept(.message("m-1", from: .asha), .message("m-2", from: .phone("919812345678")))
        #expect(
            try rig.rows(
                "SELECT count(*) FROM messages m JOIN sessions s USING (session_id) JOIN contacts c ON c.contact_id = m.contact_id AND c.contact_id = s.contact_id"
            ) == ["2"])
        #expect(try rig.rows("SELECT phone, display_name FROM contacts ORDER BY phone") == ["+919812345678|-", "+919876543210|-"])
        #expect(try rig.rows("SELECT session_id FROM messages WHERE external_id = 'm-2'") == [session.id.description])
    }

    @Test("While a table cannot be written to, nothing is accepted; afterwards the same delivery is")
    func tableAway() async throws {
        try await rig.accept(.message("m-0"))
        try rig.execute("ALTER TABLE deliveries RENAME TO away")
        for _ in 0..<2 {
            let error = await error { _ = try await rig.accept(.message("m-1"), .message("m-2", from: .phone("919812345678"))) }
            #expect(error?.code == .rejected)
        }
        try rig.execute("ALTER TABLE away RENAME TO deliveries")
        #expect(try rig.counts() == [1, 0, 0, 0, 1])
        #expect(try rig.count("sessions") == 1)
        let receipt = try await rig.accept(.message("m-1"), .message("m-2", from: .phone("919812345678")))
        #expect([receipt.accepted, receipt.duplicates] == [2, 0])
        #expect(try rig.rows("SELECT count(*), count(DISTINCT session_id) FROM messages JOIN sessions USING (session_id)") == ["3|2"])
    }

    @Test("A session that another process has ended is not continued")
    func endedElsewhere() async throws {
        let session = try await rig.start("+919876543210", customer: "103")
        try await rig.accept(.message("m-1"))
        try rig.execute("UPDATE sessions SET status = 'logged_out'")
        try await rig.accept(.message("m-2"))
        let opened = try rig.rows("SELECT session_id FROM messages WHERE external_id = 'm-2'")
        #expect(opened != [session.id.description])
        #expect(try rig.rows("SELECT status, customer_id FROM sessions ORDER BY session_id") == ["logged_out|103", "active|103"])
        #expect(try await rig.journal.reader.session(token: session.token) == nil)
    }

    @Test("Values that another process wrote into a session stay when a message moves it")
    func changedElsewhere() async throws {
        try await rig.start("+919876543210", customer: "103")
        try rig.execute(#"UPDATE sessions SET metadata = '{"vip":true}', customer_id = '104'"#)
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(.message("m-1"))
        #expect(
            try rig.rows("SELECT metadata, customer_id, last_activity FROM sessions") == [#"{"vip":true}|104|2026-11-22T18:01:00.000Z"#])
    }

    private func refuse(_ externalID: String) throws {
        try rig.execute(
            """
            CREATE TRIGGER refusal BEFORE INSERT ON messages WHEN new.external_id = '\(externalID)'
            BEGIN SELECT RAISE(ABORT, 'not this one'); END
            """)
    }
}

/// The journal error that a call throws; nil if it succeeds.
func error(of call: () async throws -> Void) async -> JournalError? {
    do {
        try await call()
        return nil
    } catch {
        return error as? JournalError
    }
}
