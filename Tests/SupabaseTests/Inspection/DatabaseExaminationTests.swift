import Messaging
import Postgres
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Examining a database")
struct DatabaseExaminationTests {
    @Test("The query of switchboard_inspect is found in its script, and returns the same as the function", arguments: SchemaName.tested)
    func query(schema: SchemaName) async throws {
        #expect(InspectQuery.query(of: "public.switchboard_inspect", in: "nothing") == "")
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let same = "select (\(InspectQuery.sql(in: schema))) - 'now' = switchboard_inspect('{}') - 'now'"
        #expect(try await database.rows(same) == ["t"])
    }

    @Test("A migrated database has no findings, by REST or directly", arguments: Way.allCases, SchemaName.tested)
    func good(way: Way, schema: SchemaName) async throws {
        let database = try await SchemaDatabase.make(in: schema)
        let findings = try await findings(of: database, by: way)
        #expect(findings.filter { $0.level != .ok } == [])
        #expect(findings.map(\.check).prefix(2) == ["supabase.reachable", "supabase.clock"])
    }

    @Test(
        "A database that was never migrated is reported as such, with any wrong type", arguments: Way.allCases,
        SchemaName.tested)
    func neverMigrated(way: Way, schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute(
            """
            create schema if not exists \(schema); grant usage on schema \(schema) to service_role;
            create table sessions (session_id uuid primary key, phone text, channel text, session_token text, customer_id bigint);
            grant select on sessions to service_role
            """)
        let failed = try await findings(of: database, by: way).filter { $0.level == .fail }
        for words in ["switchboard_inspect does not exist", "missing: contacts", "sessions.customer_id is bigint and must be text"] {
            #expect(failed.contains { $0.message.contains(words) }, "\(words)")
        }
        // What depends on the column, such as a view or a trigger, is left to `migrate`.
        #expect(failed.first { $0.message.contains("sessions.customer_id") }?.advice == "run `switchboard migrate`")
        if way == .direct { #expect(failed.contains { $0.check == "supabase.row_security" && $0.message == "off: sessions" }) }
    }

    @Test("Functions of an older version are reported, although their answer lacks newer members", arguments: Way.allCases)
    func older(way: Way) async throws {
        let database = try await SchemaDatabase.make()
        try await database.execute(
            """
            create or replace function switchboard_inspect(request jsonb) returns jsonb language sql set search_path = '' as
            $$ select '{"version":0,"columns":[]}'::jsonb $$
            """)
        let failed = try await findings(of: database, by: way).filter { $0.level == .fail }
        #expect(failed.contains { $0.check == "supabase.functions" && $0.message.hasPrefix("version 0 is older") })
    }

    @Test("A missing schema counts as never migrated; for one that is not exposed, the advice says how to expose it")
    func noSchema() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: .acme)
        let failed = try await findings(of: database, by: .direct).filter { $0.level == .fail }
        #expect(failed.map(\.check) == ["supabase.tables", "supabase.functions"])
        #expect(failed.allSatisfy { $0.advice == "run `switchboard migrate`" })
        let found = try await findings(of: try await SchemaDatabase.makeCopy(in: .acme), by: .rest, exposing: ["public", "graphql_public"])
        #expect(
            found.map { [$0.level.rawValue, $0.check, $0.message] } == [["fail", "supabase.schema", "406 PGRST106: Invalid schema: acme"]])
        for words in ["Exposed schemas", "PGRST_DB_SCHEMAS=public,acme", "switchboard migrate"] {
            #expect(found.first?.advice?.contains(words) == true, "\(words)")
        }
    }

    @Test("A URL that does not reach the database is a single finding with what to check")
    func failures() async throws {
        let database = try await SchemaDatabase.make()
        try await database.execute("revoke execute on function switchboard_inspect from service_role")
        for way in Way.allCases {
            #expect(try await findings(of: database, by: way).map { [$0.level.rawValue, $0.check] } == [["fail", "supabase.permission"]])
        }
        let away = try DirectTransport(url: Secret("postgres://127.0.0.1:1/x"))
        let unreachable = await DatabaseExamination(away).findings()
        #expect(unreachable.map(\.check) == ["supabase.reachable"] && unreachable[0].level == .fail)
        let stranger = try DirectTransport(url: Secret(database.url.replacing(":\(PostgresServer.password)@", with: ":wrong@")))
        #expect(await DatabaseExamination(stranger).findings().map(\.check) == ["supabase.db_url"])
    }

    @Test(
        "Active sessions that exclude their clients are counted, with advice",
        arguments: SchemaName.tested,
        [
            ("expires_at = 'infinity'", "time"), ("expires_at = '10000-01-01'", "time"), ("created_at = '-infinity'", "time"),
            ("last_activity = '0044-03-15 BC'", "time"), ("session_token = 'short'", "token"),
            ("session_token = repeat('x', 257)", "token"), ("session_token = 'with a space'", "token"),
            ("session_token = e'with\\ta tab'", "token"), ("session_token = repeat('é', 10)", "token"),
        ])
    func unusableSessions(schema: SchemaName, fault: (change: String, kind: String)) async throws {
        let (change, kind) = fault
        let database = try await SchemaDatabase.makeCopy(in: schema)
        try await database.execute(
            """
            insert into contacts (contact_id, phone) values (md5('a')::uuid, '+919876543210'), (md5('b')::uuid, '+919876543211');
            insert into sessions (contact_id, phone, channel, session_token)
            select contact_id, phone, 'chat', repeat(right(phone, 1), 256) from contacts;
            """)
        #expect(try await findings(of: database, by: .direct).last == Finding(.ok, "supabase.sessions", "all active sessions can be used"))
        try await database.execute("update sessions set \(change) where phone = '+919876543210'")
        let found = try #require(try await findings(of: database, by: .direct).last)
        #expect(found.level == .fail && found.check == "supabase.sessions" && found.message.hasPrefix("1 active session has a \(kind) "))
        let statement = try #require(found.advice?.split(separator: ": ", maxSplits: 1).last)
        try await database.execute(String(statement))
        #expect(try await findings(of: database, by: .direct).last?.level == .ok)
    }

    private func findings(of database: SchemaDatabase, by way: Way, exposing schemas: [String]? = nil) async throws -> [Finding] {
        switch way {
        case .direct: return await DatabaseExamination(try database.transport()).findings()
        case .rest:
            return try await PostgRESTServer.run(database: database.url, exposing: schemas ?? ["public", database.schema.name]) { server in
                let transport = try RESTTransport(
                    url: server.url, key: Secret(PostgRESTServer.Keys.legacy), schema: database.schema)
                defer { transport.shutdown() }
                return await DatabaseExamination(transport).findings()
            }
        }
    }
}
