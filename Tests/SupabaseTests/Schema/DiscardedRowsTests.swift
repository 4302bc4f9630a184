import JSON
import Relay
import Supabase
import SwitchboardTesting
import Testing

@Suite("Rows that the project's own triggers and rules discard")
struct DiscardedRowsTests {
    private let phone = "+919876543210"

    private var first: String {
        ContractRows.batch(
            contacts: [ContractRows.contact(1, phone: phone)], identities: [ContractRows.identity("whatsapp_user", "u1", of: 1)],
            sessions: [ContractRows.session(11, of: 1, phone: phone)],
            messages: [ContractRows.message(21, in: 11, of: 1, external: "w1")])
    }

    private func sessions(_ rows: String...) -> String { ContractRows.batch(sessions: rows) }

    /// Creates a trigger `discard` that leaves out the rows of a table that meet `condition`.
    private func discard(_ event: String, of table: String, where condition: String = "true") -> String {
        """
        create function discard() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger discard before \(event) on \(table) for each row when (\(condition)) execute function discard();
        """
    }

    private func refusal(of table: String, by suspect: String = "trigger discard") -> String {
        "23000: a trigger on the table \(table) discards rows: \(suspect)"
    }

    private func failure(_ database: SchemaDatabase, _ argument: String, of function: ContractFunction = .ingest) async -> CallFailure? {
        await #expect(throws: CallFailure.self) { try await database.call(function, argument) }
    }

    @Test(
        "A new row of any table is stored, or its whole batch is refused",
        arguments: ["contacts", "identities", "sessions", "messages"])
    func inserted(table: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(discard("insert", of: table))
        let failure = await failure(database, first)
        #expect(failure?.description == refusal(of: table) && failure?.disposition == .permanent)
        #expect(try await database.rows("select count(*) from contacts") == ["0"])
        try await database.execute("drop trigger discard on \(table)")
        _ = try await database.call(.ingest, first)
        #expect(try await database.rows("select count(*) from identities") == ["1"])
    }

    @Test("A contact that only an item names is checked too")
    func itemsContact() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(discard("insert", of: "contacts"))
        let item = ContractRows.message(21, in: 11, of: 5, external: "w1").replacing("\"session_id\":\"\(ContractRows.id(11))\",", with: "")
        #expect(await failure(database, ContractRows.batch(messages: [item]))?.description == refusal(of: "contacts"))
    }

    @Test(
        "A session that has ended, changed or moved is stored as sent, or its batch is refused", arguments: ["end", "change", "move"])
    func updatedSession(what: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, first)
        try await database.execute(discard("update", of: "sessions"))
        let batch =
            switch what {
            case "end": sessions(ContractRows.session(11, of: 1, phone: phone, status: "logged_out"))
            case "change": sessions(ContractRows.session(11, of: 1, phone: phone, seen: -1))
            default: sessions(ContractRows.session(11, of: 1, phone: phone, seen: -1, isChanged: false))
            }
        #expect(await failure(database, batch)?.description == refusal(of: "sessions"))
        try await database.execute("drop trigger discard on sessions")
        _ = try await database.call(.ingest, batch)
        #expect(try await database.rows("select status from sessions") == [what == "end" ? "logged_out" : "active"])
    }

    @Test("Repeating rows without changes is accepted, and so are updates that the trigger does not discard")
    func unchanged() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, first)
        try await database.execute(discard("update", of: "sessions", where: "new.status = 'logged_out'"))
        let still = sessions(ContractRows.session(11, of: 1, phone: phone, isChanged: false))
        for batch in [first, still] { _ = try await database.call(.ingest, batch) }
        let end = sessions(ContractRows.session(11, of: 1, phone: phone, status: "logged_out"))
        #expect(await failure(database, end)?.description == refusal(of: "sessions"))
    }

    @Test("Discarded ends and starts are refused, but not an end by an unknown token")
    func clients() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, first)
        try await database.execute(discard("update", of: "sessions"))
        #expect(await failure(database, #"{"session_token":"token-11"}"#, of: .end)?.description == refusal(of: "sessions"))
        #expect(try await database.call(.end, #"{"session_token":"x"}"#)["outcome"].string == "unknown")
        let contact = ContractRows.contact(1, phone: phone)
        let start = #"{"contact":\#(contact),"session":\#(ContractRows.session(12, of: 1, phone: phone)),"idle_seconds":3600}"#
        #expect(await failure(database, start, of: .start)?.description == refusal(of: "sessions"))
    }

    @Test("Two contacts and two sessions are merged completely, or the batch is refused", arguments: ["contacts", "sessions"])
    func merged(table: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, first)
        try await database.execute(discard("update", of: table))
        let second = ContractRows.batch(
            contacts: [ContractRows.contact(2, phone: phone)], sessions: [ContractRows.session(12, of: 2, phone: phone, made: -5)])
        #expect(await failure(database, second)?.description == refusal(of: table))
        #expect(try await database.rows("select count(*) from contacts") == ["1"])
    }

    @Test("An identity moves to another contact, or its batch is refused")
    func movedIdentity() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, first)
        try await database.execute(discard("update", of: "identities"))
        try await database.execute("update sessions set customer_id = '103'; update contacts set customer_id = '103'")
        // An id that belongs to two customers goes to the older contact.
        let batch = ContractRows.batch(
            contacts: [ContractRows.contact(0, phone: "+919876543211", customer: "104")],
            identities: [ContractRows.identity("whatsapp_user", "u1", of: 0)])
        #expect(await failure(database, batch)?.description == refusal(of: "identities"))
        _ = try await database.call(.ingest, first)
    }

    @Test("The failure names a rule, and once it is dropped, the same connection stores the row")
    func rule() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let transport = try database.transport()
        defer { transport.shutdown() }
        try await database.execute("create rule nothing as on insert to messages do instead nothing")
        for _ in 0..<2 {
            let failure = await #expect(throws: CallFailure.self) {
                try await transport.call(.ingest, Array(first.utf8), within: .seconds(60))
            }
            #expect(failure?.description == refusal(of: "messages", by: "rule nothing"))
        }
        try await database.execute("drop rule nothing on messages")
        _ = try await transport.call(.ingest, Array(first.utf8), within: .seconds(60))
        #expect(try await database.rows("select count(*) from messages") == ["1"])
    }
}
