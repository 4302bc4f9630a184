import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The files for a project whose tables were made by hand")
struct HandmadeFilesTests {
    /// Everything that a migration creates or changes, as text, without oids.
    private static let catalog = """
        select string_agg(d, e'\\n' order by d) from (
          select relname || relkind::text || relrowsecurity || coalesce(
            (select string_agg(x::text, ',' order by x::text) from unnest(relacl) x), '') || coalesce(reloptions::text, '')
          from pg_class where relnamespace = 'public'::regnamespace
          union all select c.relname || '.' || attname || format_type(atttypid, atttypmod) || attnotnull || attidentity::text
              || coalesce(pg_get_expr(adbin, adrelid), '')
            from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef on adrelid = c.oid and adnum = attnum
            where c.relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
          union all select conrelid::regclass || conname || pg_get_constraintdef(oid)
            from pg_constraint where connamespace = 'public'::regnamespace
          union all select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indrelid
            where c.relnamespace = 'public'::regnamespace
          union all select proname || prosrc from pg_proc where pronamespace = 'public'::regnamespace
          union all select tgname || tgrelid::regclass from pg_trigger where not tgisinternal
          union all select polname || polrelid::regclass from pg_policy) s(d)
        """

    /// Without ids, tokens and times, which differ in each run.
    private static let rows = """
        select s.phone, s.customer_id, s.customer_named, s.channel, s.status, s.metadata, s.expires_at - s.last_activity, c.phone, c.customer_id
        from public.sessions s join public.contacts c using (contact_id) order by 1, 2, 5
        """

    /// Tables that need preparation, but have nothing that prevents them from becoming Switchboard's.
    private static let willing: [HandmadeProject] = [
        HandmadeProject(
            "A customer who is nobody",
            HandmadeProject.sessions(["customer_id": "bigint not null default 0", "phone": "varchar(20) not null"]), []),
        HandmadeProject(
            "Words for nobody",
            """
            \(HandmadeProject.sessions()) insert into sessions (customer_id, phone, channel, session_token, status, created_at) values
              ('null', '+919876543211', 'chat', 'token-of-nobody', 'active', now() - interval '2 h'),
              ('103', '+919876543211', 'chat', 'token-of-somebody', 'active', now() - interval '1 h'),
              ('7', 'anonymous', 'chat', 'token-of-a-caller', 'active', now());
            """, []),
        HandmadeProject(
            "Columns of domains",
            """
            create domain moment as timestamp not null; create domain number as varchar(20) not null;
            \(HandmadeProject.sessions(["expires_at": "moment default now()", "customer_id": "number default '0'"]))
            """, []),
        HandmadeProject(
            "Ids that the database counts",
            HandmadeProject.sessions(["session_id": "bigint generated always as identity primary key", "customer_id": "int"]), []),
        HandmadeProject(
            "Times that nobody can read", HandmadeProject.sessions(["expires_at": "timestamptz not null default 'infinity'"]), []),
        HandmadeProject(
            "Keys of its own that keep rows apart",
            HandmadeProject.sessions(
                ["session_token": "text unique"],
                more: ", id bigserial unique, note text unique, tenant uuid not null default gen_random_uuid(), unique (phone, tenant)"), []
        ),
        HandmadeProject(
            "A deferred trigger",
            """
            create function noted() returns trigger language plpgsql as 'begin return null; end'; \(HandmadeProject.sessions())
            create constraint trigger later after insert or update on sessions deferrable initially deferred
              for each row execute function noted();
            """, []),
        HandmadeProject(
            "Words and grants of its own",
            """
            \(HandmadeProject.sessions(["status": "text check (status in ('active', 'closed'))"]))
            create policy mine on sessions for select to authenticated using (true); grant select on sessions to authenticated, anon;
            """, []),
    ].map { HandmadeProject($0.name, $0.script + HandmadeProject.row, []) }

    /// Applies the files, each in its own transaction, as the Supabase CLI does.
    private func push(to database: SchemaDatabase) async throws {
        for migration in Migration.all(in: database.schema) { try await database.execute("begin;\n\(migration.filed)\ncommit;") }
    }

    /// The name of a database with the project, after the statements of the plan have removed all obstacles.
    private func cleared(_ project: HandmadeProject, in schema: SchemaName) async throws -> String {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute("create schema if not exists \(schema); \(project.script)")
        for obstacle in try await database.plan().obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        return try #require(database.url.split(separator: "/").last.map(String.init))
    }

    @Test(
        "A push leaves the same tables as migrate, if there is no obstacle",
        arguments: HandmadeProject.strangers + HandmadeProject.bound + willing, SchemaName.tested)
    func pushed(project: HandmadeProject, schema: SchemaName) async throws {
        let origin = try await cleared(project, in: schema)
        let server = try await PostgresServer.shared()
        let pushed = try SchemaDatabase(url: await server.makeDatabase(from: origin), in: schema)
        let migrated = try SchemaDatabase(url: await server.makeDatabase(from: origin), in: schema)
        try await push(to: pushed)
        try await migrated.migrate()
        for query in [Self.catalog, Self.rows].map(schema.text) {
            let rows = try await pushed.rows(query)
            #expect(try await migrated.rows(query) == rows)
        }
        #expect(try await pushed.plan().changes == [])
    }

    @Test(
        "With an obstacle to a migration, a push stops at its first file, and nothing is changed",
        arguments: HandmadeProject.strangers + HandmadeProject.bound, SchemaName.tested)
    func stopped(project: HandmadeProject, schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute("create schema if not exists \(schema); \(project.script)")
        let before = try await database.rows(schema.text(Self.catalog))
        let first = try #require(Migration.all(in: schema).first)
        let state = await database.state(of: "begin;\n\(first.filed)\ncommit;")
        #expect(state != nil)
        try await database.execute("rollback")
        #expect(try await database.rows(schema.text(Self.catalog)) == before)
    }

    @Test("The printed scripts also leave another program's tables unchanged", arguments: HandmadeProject.strangers, SchemaName.tested)
    func strangers(project: HandmadeProject, schema: SchemaName) async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase(), in: schema)
        try await database.execute("create schema if not exists \(schema); \(project.script)")
        let before = try await database.rows(schema.text(Self.catalog))
        let state = await database.state(of: Migration.script(in: schema))
        #expect(state == "P0001")
        try await database.execute("rollback")
        #expect(try await database.rows(schema.text(Self.catalog)) == before)
    }

    @Test("The project's own column for a contact in sessions does not count as Switchboard's")
    func ownContact() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(HandmadeProject.sessions(more: ", contact_id uuid") + HandmadeProject.row)
        for script in [Migration.script(in: .public), "begin;\n\(Migration.all[0].filed)\ncommit;"] {
            let state = await database.state(of: script)
            #expect(state == "P0001")
            try await database.execute("rollback")
        }
        #expect(try await database.rows("select to_regclass('contacts')") == ["-"])
    }
}
