import Supabase
import SwitchboardTesting
import Testing

@Suite("Who may do what in the shared database")
struct AccessTests {
    private static let relations = [
        "contacts", "identities", "sessions", "messages", "message_statuses", "message_status_current", "events", "dead_letters",
    ]

    @Test(
        "anon and authenticated read no table and call no function, whatever the project grants by default",
        arguments: ["anon", "authenticated"])
    func strangers(role: String) async throws {
        let database = try await SchemaDatabase.make(
            before: """
                grant usage on schema public to anon, authenticated;
                alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
                alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
                alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
                """)
        for relation in Self.relations {
            #expect(await database.state(of: "set local role \(role); select * from \(relation)") == "42501", "\(relation)")
        }
        let privileges =
            "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')"
            + " and has_table_privilege('\(role)', oid, 'select, insert, update, delete, truncate, references, trigger')"
        #expect(try await database.rows(privileges) == ["0"])
        let ours = "from pg_proc where (proname like 'switchboard\\_%' or pronamespace = 'switchboard'::regnamespace)"
        #expect(try await database.rows("select oid \(ours)").count > 20)
        #expect(try await database.rows("select oid::regprocedure \(ours) and has_function_privilege('\(role)', oid, 'execute')") == [])
        #expect(try await database.rows("select has_schema_privilege('\(role)', 'switchboard', 'usage')") == ["f"])
        for function in ContractFunction.allCases {
            let call = "set local role \(role); select public.\(function.rawValue)('{}')"
            #expect(await database.state(of: call) == "42501", "\(function)")
        }
        let sequences = "select has_sequence_privilege('\(role)', 'message_statuses_status_id_seq', 'usage')"
        #expect(try await database.rows(sequences) == ["f"])
    }

    @Test("A member of service_role writes by the functions, without being the owner or passing by row security")
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
