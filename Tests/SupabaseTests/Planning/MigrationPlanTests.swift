import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The plan of a migration")
struct MigrationPlanTests {
    /// Everything that a migration may change, as text, with the rows of `sessions` if there is such a table.
    private static let catalog = """
        select string_agg(d, e'\\n' order by d) from (
          select oid || relname || relkind::text || relfilenode || relrowsecurity || coalesce(relacl::text, '')
          from pg_class where relnamespace = 'public'::regnamespace
          union all select attrelid || attname || atttypid || attnotnull || atthasdef || attidentity::text from pg_attribute
            join pg_class c on c.oid = attrelid where c.relnamespace = 'public'::regnamespace and attnum > 0
          union all select oid || conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
          union all select oid || proname from pg_proc where pronamespace = 'public'::regnamespace
          union all select oid || typname from pg_type where typnamespace = 'public'::regnamespace
          union all select oid || nspname from pg_namespace where nspname !~ '^pg_'
          union all select oid || polname from pg_policy
          union all select case when to_regclass('sessions') is not null then
            query_to_xml('select * from sessions', true, true, '')::text else '' end) s(d)
        """

    @Test(
        "Other programs' tables and objects that bind a column are reported, nothing is changed, and the advice helps",
        arguments: HandmadeProject.strangers + HandmadeProject.bound, SchemaName.tested)
    func handmade(project: HandmadeProject, schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute("create schema if not exists \(schema); \(project.script)")
        let before = try await database.rows(schema.text(Self.catalog))
        let plan = try await database.plan()
        #expect(try await database.rows(schema.text(Self.catalog)) == before)
        #expect(plan.obstacles.map(\.place).sorted() == project.obstacles.map(\.0).sorted(), "\(plan.obstacles)")
        for (place, words) in project.obstacles {
            let words = words.replacing("public.", with: "\(schema).")
            #expect(plan.obstacles.contains { $0.place == place && $0.message.contains(words) }, "\(place) \(words): \(plan.obstacles)")
        }
        for obstacle in plan.obstacles {
            #expect(obstacle.advice?.isEmpty == false)
            try await database.execute(#require(obstacle.statement))
        }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
        let findings = await DatabaseExamination(try database.transport()).findings()
        #expect(findings.filter { $0.level == .fail } == [])
        try await takes(database)
    }

    /// Stores a session that has ended, and an active one of the same person.
    private func takes(_ database: SchemaDatabase) async throws {
        for (number, status) in [(11, "logged_out"), (12, "active")] {
            let session = ContractRows.session(number, of: 1, phone: "+919876543299", status: status, made: number - 60)
            _ = try await database.call(
                .ingest,
                ContractRows.batch(
                    "b\(number)", contacts: [ContractRows.contact(1, phone: "+919876543299")], sessions: [session],
                    messages: [ContractRows.message(number, in: number, of: 1, external: "m\(number)")],
                    events: [ContractRows.event(number + 10, in: number, of: 1, external: "e\(number)")]))
        }
        #expect(
            try await database.rows("select status from sessions where phone = '+919876543299' order by 1") == ["active", "logged_out"])
    }

    @Test("In an empty database everything is created, and in an up-to-date one there is nothing to do", arguments: SchemaName.tested)
    func empty(schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        let plan = try await database.plan()
        #expect(plan.obstacles == [])
        let tables = ([SchemaContract.statusView] + SchemaContract.columns.keys.sorted()).map { "\($0) is created" }
        let functions =
            "database the schema \(schema.internalName) and the functions that the gateway calls are created, "
            + "version \(SchemaContract.version)"
        let own = schema == .public ? [] : ["database the schema acme is created"]
        #expect(plan.changes.map { "\($0.place) \($0.message)" } == own + tables + [functions])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("Every change of a table made by hand is listed with the number of its rows")
    func changes() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create publication supabase_realtime;
            create table sessions (session_id bigint generated always as identity, customer_id int not null default 0,
              phone varchar(20) not null, channel text, session_token text, status text check (status in ('active', 'closed')),
              created_at timestamp, metadata json);
            grant select, insert on sessions to anon;
            insert into sessions (customer_id, phone, session_token, status) values
              (0, '+919876543210', 'one-token', 'active'), (7, '91 9876543210', 'one-token', 'active'), (0, '+919876543211', null, 'closed');
            """)
        let plan = try await database.plan()
        #expect(plan.obstacles == [])
        let told = plan.changes.filter { $0.table == "sessions" }.map { "\($0.column ?? "-"): \($0.message)" }
        #expect(told == Self.told, "\(told)")
        try await database.migrate()
        #expect(try await database.plan().steps == [])
        #expect(
            try await database.rows("select customer_id, customer_named from sessions where phone = '+919876543211'") == ["+919876543211|f"]
        )
    }

    private static let told = [
        "-: gets row security: roles other than its owner and service_role need a policy", "-: anon loses insert, select",
        "-: service_role gets delete, insert, select, update",
        "-: gets the indexes sessions_contact_idx, sessions_one_active_per_contact, sessions_session_token_key",
        "-: joins the publication supabase_realtime", "-: gets the policy service_only: service_role reads and writes every row",
        "-: gets the triggers switchboard_customer_of_changed, switchboard_customer_of_new",
        "-: gets the check sessions_status_check, to allow only Switchboard's words", "contact_id: is added",
        "customer_named: is added", "expires_at: is added", "last_activity: is added",
        "created_at: timestamp without time zone becomes timestamp with time zone", "customer_id: integer becomes text",
        "metadata: json becomes jsonb", "phone: character varying becomes text",
        "session_id: bigint becomes uuid; an id that is not a uuid becomes its MD5 hash; the database no longer numbers it",
        "customer_id: may be null: not every session has one", "phone: may be null: not every session has one",
        "-: keeps its 3 rows; the table is locked during the migration",
        "-: its columns get Switchboard's defaults, and all but customer_id and phone refuse null",
        "session_id: becomes the primary key", "status: the check sessions_status_check is dropped: Switchboard writes other words",
        "customer_id: the default 0 names no customer and is removed; rows with it get the phone as customer_id until a client names a "
            + "customer (2 rows)",
        "session_token: 2 rows: the token is missing or is also an older row's; it is replaced by a new one",
        "phone: 1 row: the phone has an older active session, which continues; the token of this one leads to it, or this one ends if it "
            + "names another customer",
        "status: 1 row 'closed' becomes logged_out", "phone: 1 row: the phone becomes its international form (E.164)",
        "phone: 2 phone numbers get their contact", "channel: 3 rows: null becomes 'unknown'",
        "created_at: 3 rows: null becomes last_activity, or now", "metadata: 3 rows: null becomes {}",
    ]

    @Test("The plan for a damaged table lists what is restored, and what has to be restored first")
    func damaged() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            drop index events_session_idx; alter table events disable row level security; drop function switchboard_sweep;
            alter table contacts drop column number_since; alter table messages drop column context;
            alter table dead_letters add column own int not null; alter table events alter column received_at type timestamp;
            """)
        let plan = try await database.plan()
        #expect(
            plan.changes.map { "\($0.place) \($0.message)" } == [
                "contacts.number_since is added", "events gets row security: roles other than its owner and service_role need a policy",
                "events gets the index events_session_idx",
                "database missing and different functions are created again, version \(SchemaContract.version)",
            ])
        #expect(
            plan.obstacles.map { "\($0.place) \($0.message)" } == [
                "dead_letters.own is \(TablePlan.ownDemand)",
                "events.received_at is timestamp without time zone and must be timestamp with time zone",
                "messages lacks context",
            ])
        for obstacle in plan.obstacles { try await database.execute(#require(obstacle.statement)) }
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("A user without the required privileges is told what to grant, and who can grant it")
    func permissions() async throws {
        let server = try await PostgresServer.shared()
        let url = try await server.makeDatabase()
        let database = try SchemaDatabase(url: url)
        try await database.execute(
            "create role plan_reader login password '\(PostgresServer.password)'; \(HandmadeProject.sessions())\(HandmadeProject.row)")
        let migrator = try Migrator(url: Secret(url.replacing("//postgres:", with: "//plan_reader:")))
        defer { migrator.shutdown() }
        let obstacles = try await migrator.plan().obstacles
        #expect(
            obstacles.map(\.message) == [
                "plan_reader may not create the schema switchboard", "plan_reader may not create anything in the schema public",
                "table public.sessions belongs to postgres, and plan_reader may not change it",
            ])
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await migrator.plan().obstacles == [])
        try await migrator.apply(Migration.all)
        #expect(try await migrator.plan().steps == [])
        try await database.execute("alter database \(url.split(separator: "/").last ?? "") set default_transaction_read_only = on")
        let later = try Migrator(url: Secret(url))
        defer { later.shutdown() }
        let readOnly = try await later.plan().obstacles.map(\.message)
        #expect(readOnly.count == 1 && readOnly[0].hasPrefix("is read-only"), "\(readOnly)")
    }

    @Test("Numbers that stand for times are recognized as seconds or milliseconds", arguments: [1, 1000])
    func numbers(factor: Int) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(HandmadeProject.sessions(["created_at": "bigint"]) + HandmadeProject.row)
        try await database.execute("update sessions set created_at = 1764158400 * \(factor)::bigint")
        let statement = try #require(try await database.plan().obstacles.first?.statement)
        try await database.execute(statement)
        #expect(try await database.rows("select created_at = '2025-11-26 12:00Z' from sessions") == ["t"])
    }

    @Test("An outdated server, and missing Supabase roles that the user may not create, are obstacles")
    func server() {
        var survey = DatabaseSurvey()
        survey.schema.serverVersion = 140_009
        survey.missingRoles = ["anon"]
        #expect(MigrationPlan(survey).obstacles.map(\.message) == ["is PostgreSQL 14.9, and Switchboard needs 15 or later"])
        survey.makesRoles = false
        #expect(MigrationPlan(survey).obstacles.last?.statement == "create role anon nologin noinherit;")
    }

    @Test("The columns that scripts add are read from the scripts")
    func added() {
        #expect(
            SchemaContract.addedColumns == [
                "contacts": ["number_since", "number_from"], "identities": ["linked_at"], "message_statuses": ["rank"],
                "sessions": ["contact_id", "customer_named"],
            ])
    }
}
