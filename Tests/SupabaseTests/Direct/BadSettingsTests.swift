import JSON
import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("A database whose settings change the meaning of SQL and the form of answers")
struct BadSettingsTests {
    private static let settings = """
        search_path = shop, pg_catalog; quote_all_identifiers = on; standard_conforming_strings = off; DateStyle = 'SQL, DMY';
        IntervalStyle = 'iso_8601'; bytea_output = escape; extra_float_digits = -15; array_nulls = off; transform_null_equals = on;
        row_security = off; default_transaction_isolation = serializable; TimeZone = 'Asia/Kolkata'; client_encoding = 'LATIN1'
        """

    private static func spoil(_ database: SchemaDatabase) async throws {
        let name = try #require(database.url.split(separator: "/").last)
        try await database.execute(settings.split(separator: ";").map { "alter database \(name) set \($0);" }.joined())
    }

    @Test("It is migrated to the same functions, and neither the plan nor doctor finds anything", arguments: SchemaName.tested)
    func migrated(schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await Self.spoil(database)
        try await database.migrate()
        #expect(try await database.plan().steps == [])
        let transport = try database.transport()
        defer { transport.shutdown() }
        let seen = try SchemaInspection(await transport.call(.inspect, Array("{}".utf8), within: .seconds(60)))
        #expect(seen?.bodies == FunctionBodies(in: schema).digests)
        #expect(await DatabaseExamination(transport).findings().filter { $0.level != .ok } == [])
    }

    @Test("Its calls store and answer the same as in any other database")
    func calls() async throws {
        func stored(_ database: SchemaDatabase) async throws -> [String] {
            let phone = "+919876543210"
            let batch = ContractRows.batch(
                contacts: [ContractRows.contact(1, phone: phone, name: #"Zoë \n \\ 👋"#)],
                identities: [ContractRows.identity("phone", phone, of: 1)], sessions: [ContractRows.session(1, of: 1, phone: phone)],
                messages: [ContractRows.message(1, in: 1, of: 1, external: "wamid.1")])
            let answer = try await database.call(.ingest, batch)
            #expect(answer["stored"]["messages"].int == 1)
            return try await database.rows(
                """
                select jsonb_build_array(
                  c.display_name, c.created_at at time zone 'UTC', s.last_activity at time zone 'UTC', m.text, m.content)
                from contacts c join sessions s using (contact_id) join messages m using (session_id)
                """)
        }
        let plain = try await SchemaDatabase.makeCopy()
        let bad = try await SchemaDatabase.makeCopy()
        try await Self.spoil(bad)
        #expect(try await stored(SchemaDatabase(url: bad.url)) == stored(plain))
    }

    @Test("No script has a backslash outside of dollar quotes, so standard_conforming_strings makes no difference")
    func backslashes() {
        let transaction = Migration.transaction(of: Migration.all)
        let outside = transaction.replacing(#/(?s)\$(\w*)\$.*?\$\1\$/#, with: "").replacing(#/--[^\n]*/#, with: "")
        #expect(!outside.contains("\\") && outside.contains("create table"))
    }
}
