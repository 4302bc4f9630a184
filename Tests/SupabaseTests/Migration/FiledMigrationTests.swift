import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Scripts as the Supabase CLI and psql run them")
struct FiledMigrationTests {
    private static let list = """
        create schema supabase_migrations;
        create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
        """
    private static let version = "select switchboard_inspect('{}') ->> 'version'"

    @Test("The files run after migrate, each in a transaction, keep the functions that are there", arguments: SchemaName.tested)
    func pushed(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let functions = """
            select md5(string_agg(pg_get_functiondef(oid), ';' order by oid::regprocedure::text)) from pg_proc
            where pronamespace::regnamespace::text in ('\(schema.name)', '\(schema.internalName)')
            """
        let before = try await database.rows(functions)
        for migration in Migration.all(in: schema) {
            try await database.execute("begin;\n\(migration.filed)\ncommit;")
            #expect(try await database.rows(functions) == before, "\(migration.file)")
        }
    }

    @Test("A file of a script that is replaced says by which, and does nothing; all others are the script")
    func replaced() throws {
        let last = try #require(Migration.all.last { $0.name.hasPrefix("switchboard_functions") })
        for migration in Migration.all {
            #expect(migration.filed.contains("makes all of it anew") == migration.isReplaced)
            #expect(migration.filed.contains(last.file) == migration.isReplaced)
            #expect(migration.filed.hasSuffix(migration.sql) != migration.isReplaced)
            #expect(migration.isFiled(migration.filed) && migration.isFiled(migration.sql) && !migration.isFiled("-- mine"))
        }
        let own = try #require(Migration.all(in: .acme).first { $0.isReplaced })
        #expect(own.filed.contains("\(SchemaName.acme.version(of: last.version))_\(last.name)_in_acme.sql"))
        // What a version wrote in which an earlier script than today's last replaced it.
        let former = Migration.all[2].filed.replacing(last.file, with: Migration.all[4].file)
        #expect(Migration.all[2].isFiled(former) && former != Migration.all[2].filed)
    }

    @Test("A script does not replace functions of a later version, by migrate, by psql or as a file")
    func later() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create or replace function public.switchboard_inspect(request jsonb) returns jsonb
            language sql as $$ select jsonb_build_object('version', 999) $$
            """)
        let last = try #require(Migration.all.last { $0.name.hasPrefix("switchboard_functions") })
        for script in [Migration.script(in: .public), last.filed] {
            #expect(await database.state(of: "rollback; \(script)") == "0A000")
            try await database.execute("rollback")
            #expect(try await database.rows(Self.version) == ["999"])
        }
        let failure = await #expect(throws: MigrationFailure.self) { try await database.migrate() }
        #expect(failure?.description.contains("\(last.file): ") == true, "\(failure?.description ?? "")")
        #expect(failure?.description.contains("the functions are of version") == true)
        let plan = try await database.plan()
        #expect(
            plan.obstacles.map(\.message) == [
                "its functions are of version 999, and this program has those of version \(SchemaContract.version)"
            ])
    }

    @Test("What is printed is written down in the Supabase CLI's list, so that a push has nothing to do")
    func recorded() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(Self.list)
        try await database.execute(Migration.script(in: .public))
        let rows = try await database.rows("select version, name, statements[1] from supabase_migrations.schema_migrations order by 1")
        #expect(rows == Migration.all.map { "\($0.version)|\($0.name)|\($0.filed)" })
        #expect(try await database.rows(Self.version) == ["\(SchemaContract.version)"])
    }

    @Test("Where one script fails nothing of any is left, and the failure names the script")
    func whole() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        // Nothing is known of it before: it refuses functions alone.
        try await database.execute(
            """
            create function no_functions() returns event_trigger language plpgsql as $$ begin raise exception 'ask first'; end $$;
            create event trigger guarded on ddl_command_start when tag in ('CREATE FUNCTION') execute function no_functions();
            """)
        let failure = await #expect(throws: MigrationFailure.self) { try await database.migrate() }
        let last = try #require(Migration.all.last { $0.name.hasPrefix("switchboard_functions") })
        #expect(failure?.description.hasPrefix("\(last.file): ") == true, "\(failure?.description ?? "")")
        #expect(try await database.rows("select to_regclass('public.contacts')") == ["-"])
        try await database.execute("drop event trigger guarded")
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }
}
