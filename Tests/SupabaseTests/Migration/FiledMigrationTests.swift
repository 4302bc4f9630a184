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

    @Test("Running the files after migrate, one transaction each, leaves the existing functions", arguments: SchemaName.tested)
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

    /// The columns that anon and authenticated may read.
    private static let readable = """
        select r.rolname, c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        join pg_roles r on r.rolname in ('anon', 'authenticated')
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v') and not a.attisdropped
          and has_column_privilege(r.oid, c.oid, a.attnum, 'select') order by 1, 2, 3
        """

    @Test("After the first push agents read as before, in a transaction per file or statement", arguments: SchemaName.tested)
    func agents(schema: SchemaName) async throws {
        for isWhole in [true, false] {
            let database = try await SchemaDatabase.makeCopy(in: schema)
            try await database.execute(Recipe.agents.sql(in: schema))
            let before = try await database.rows(Self.readable)
            // No policy allows either of them any row.
            try await database.execute("grant select on identities to anon; grant insert on contacts to authenticated")
            for migration in Migration.all(in: schema) {
                let transactions = isWhole ? ["begin;\n\(migration.filed)\ncommit;"] : migration.filed.statements
                for transaction in transactions { try await database.execute(transaction) }
            }
            #expect(before.contains("authenticated|sessions|phone") && !before.contains("authenticated|sessions|session_token"))
            #expect(try await database.rows(Self.readable) == before)
            #expect(try await database.rows("select has_table_privilege('authenticated', 'contacts', 'insert')") == ["f"])
            #expect(try await database.rows("select coalesce(current_setting('switchboard.grants', true), '')") == [""])
        }
    }

    @Test("With a deferred trigger a file must run in one transaction: one statement at a time is refused without changes")
    func undivided() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            \(HandmadeProject.sessions())\(HandmadeProject.row)
            create function noted() returns trigger language plpgsql as 'begin return null; end';
            create constraint trigger later after insert or update on sessions deferrable initially deferred
              for each row execute function noted();
            """)
        var states: [String?] = []
        for statement in Migration.all[0].filed.statements where states.last.map({ $0 == nil }) ?? true {
            states.append(await database.state(of: statement))
        }
        #expect(states.last == "P0001")
        #expect(try await database.rows("select to_regclass('contacts')") == ["-"])
        try await database.execute("begin;\n\(Migration.all[0].filed)\ncommit;")
        #expect(
            try await database.rows("select phone, status from sessions join contacts using (contact_id, phone)")
                == ["+919876543210|active"])
    }

    @Test("The file of a superseded script names the newer one and does nothing; every other file is its script")
    func replaced() throws {
        let last = try #require(Migration.all.last { $0.name.hasPrefix("switchboard_functions") })
        for migration in Migration.all {
            #expect(migration.filed.contains("makes all of it anew") == migration.isReplaced)
            #expect(migration.filed.contains(last.file) == migration.isReplaced)
            #expect(migration.isFirst || migration.filed.contains(migration.sql) != migration.isReplaced)
            #expect(migration.isFiled(migration.filed) && migration.isFiled(migration.sql) && !migration.isFiled("-- mine"))
        }
        let own = try #require(Migration.all(in: .acme).first { $0.isReplaced })
        #expect(own.filed.contains("\(SchemaName.acme.version(of: last.version))_\(last.name)_in_acme.sql"))
        // The file as written by a version in which an earlier script was the last one that replaced it.
        let former = Migration.all[2].filed.replacing(last.file, with: Migration.all[4].file)
        #expect(Migration.all[2].isFiled(former) && former != Migration.all[2].filed)
    }

    @Test("The file of the tables is recognized from any version, unless somebody has edited it", arguments: SchemaName.tested)
    func known(schema: SchemaName) {
        let tables = Migration.all(in: schema)[0]
        let withGrants = schema.creation + schema.text(Migration.grantsKept + tables.landed + Migration.grantsRestored)
        for text in [tables.filed, tables.sql, withGrants, Migration.sealed("-- What a later version does first.\n" + tables.sql)] {
            #expect(tables.isFiled(text))
            #expect(!tables.isFiled(text + "-- mine\n"))
        }
        // A file without a seal is not recognized in place of another one.
        #expect(!Migration.all(in: schema)[5].isFiled(Migration.sealed("")))
    }

    @Test("No script replaces functions of a later version: neither by migrate, nor by psql, nor as a file")
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
                "its functions have version 999, but this program has version \(SchemaContract.version)"
            ])
    }

    @Test("Scripts that are printed and applied are entered in the Supabase CLI's list, so that a push has nothing to do")
    func recorded() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(Self.list)
        try await database.execute(Migration.script(in: .public))
        let rows = try await database.rows("select version, name, statements[1] from supabase_migrations.schema_migrations order by 1")
        #expect(rows == Migration.all.map { "\($0.version)|\($0.name)|\($0.filed)" })
        #expect(try await database.rows(Self.version) == ["\(SchemaContract.version)"])
    }

    @Test("If one script fails, no script has any effect, and the failure names it")
    func whole() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        // The obstacle cannot be known before: it refuses only functions.
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

extension String {
    /// The statements of a script, as psql would run them one by one. A semicolon in dollar quotes, in a string or in a comment ends no
    /// statement.
    fileprivate var statements: [String] {
        var statements: [String] = []
        var statement = ""
        var rest = self[...]
        let part = #/(?s)\$(\w*)\$.*?\$\1\$|'[^']*'|--[^\n]*|;|[^$'\-;]+|./#
        while let match = rest.prefixMatch(of: part) {
            statement += match.0
            if match.0 == ";" {
                statements.append(statement)
                statement = ""
            }
            rest = rest[match.range.upperBound...]
        }
        return statements
    }
}
