import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Privileges in the shared database")
struct AccessTests {
    private static let relations = [
        "contacts", "identities", "sessions", "messages", "message_statuses", "message_status_current", "events", "dead_letters",
    ]

    @Test(
        "anon and authenticated read no table and call no function, whatever the project's default privileges",
        arguments: ["anon", "authenticated"], SchemaName.tested)
    func strangers(role: String, schema: SchemaName) async throws {
        let database = try await SchemaDatabase.make(
            before: """
                create schema if not exists \(schema); grant usage on schema \(schema) to anon, authenticated;
                alter default privileges in schema \(schema) grant all on tables to anon, authenticated, service_role;
                alter default privileges in schema \(schema) grant all on sequences to anon, authenticated, service_role;
                alter default privileges in schema \(schema) grant all on functions to anon, authenticated, service_role;
                """, in: schema)
        for relation in Self.relations {
            #expect(await database.state(of: "set local role \(role); select * from \(relation)") == "42501", "\(relation)")
        }
        let privileges =
            "select count(*) from pg_class where relnamespace = '\(schema)'::regnamespace and relkind in ('r', 'v')"
            + " and has_table_privilege('\(role)', oid, 'select, insert, update, delete, truncate, references, trigger')"
        #expect(try await database.rows(privileges) == ["0"])
        let ours = "from pg_proc where (proname like 'switchboard\\_%' or pronamespace = '\(schema.internalName)'::regnamespace)"
        #expect(try await database.rows("select oid \(ours)").count > 20)
        #expect(try await database.rows("select oid::regprocedure \(ours) and has_function_privilege('\(role)', oid, 'execute')") == [])
        #expect(try await database.rows("select has_schema_privilege('\(role)', '\(schema.internalName)', 'usage')") == ["f"])
        for function in ContractFunction.allCases {
            let call = "set local role \(role); select \(schema).\(function.rawValue)('{}')"
            #expect(await database.state(of: call) == "42501", "\(function)")
        }
        let sequences = "select has_sequence_privilege('\(role)', 'message_statuses_status_id_seq', 'usage')"
        #expect(try await database.rows(sequences) == ["f"])
    }

    /// The number of columns for which each role has each privilege.
    private static let privileges = """
        select grantee, table_name, privilege_type, count(*) from information_schema.column_privileges
        where grantee in ('anon', 'authenticated') and table_schema = 'public' group by 1, 2, 3 order by 1, 2, 3
        """

    @Test("Another migration keeps the read privileges that a policy restricts, and revokes writing, the token and all else")
    func keptGrants() async throws {
        let database = try await SchemaDatabase.make()
        try await database.execute(
            """
            create policy team on messages for select to authenticated using (true);
            create policy everybody on sessions using (true);
            grant select, insert, delete on messages to authenticated;
            grant select on sessions, contacts, message_status_current to authenticated;
            grant select (phone, session_token), update (phone) on sessions to anon;
            """)
        for _ in 1...2 {
            try await database.migrate()
            #expect(
                try await database.rows(Self.privileges) == [
                    "anon|sessions|SELECT|1", "authenticated|message_status_current|SELECT|11", "authenticated|messages|SELECT|17",
                    "authenticated|sessions|SELECT|11",
                ])
        }
    }

    @Test("A table sessions made by hand that a policy opens stays open without its token; new tables are closed")
    func handmadeGrants() async throws {
        let database = try await SchemaDatabase.make(
            before: """
                alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
                create table sessions (
                  session_id uuid primary key default gen_random_uuid(), customer_id bigint, phone text, channel text, session_token text,
                  status text, created_at timestamptz, last_activity timestamptz, expires_at timestamptz, metadata jsonb);
                create policy team on sessions for select to authenticated using (true);
                """)
        #expect(try await database.rows(Self.privileges) == ["authenticated|sessions|SELECT|9"])
    }

    @Test("A member of service_role writes by the functions without owning the tables or bypassing row security")
    func member() async throws {
        let database = try await SchemaDatabase.make(before: "create role plain_service nologin; grant service_role to plain_service")
        let phone = "+919876543210"
        let batch = ContractRows.batch(
            contacts: [ContractRows.contact(1, phone: phone)], sessions: [ContractRows.session(11, of: 1, phone: phone)])
        #expect(await database.state(of: "set local role plain_service; select public.switchboard_ingest('\(batch)')") == nil)
        #expect(try await database.rows("select session_token from sessions") == ["token-11"])
        let inspection = "set local role plain_service; select 1 / (public.switchboard_inspect('{}') -> 'denied' = '[]')::int"
        #expect(await database.state(of: inspection) == nil)
        try await database.execute("drop role plain_service")
    }
}
