import Foundation
import JSON
import Messaging
import Supabase
import SwitchboardTesting
import Testing

@Suite("Migrations")
struct MigrationTests {
    /// Everything that the scripts make, as text.
    private static let schema = """
        select string_agg(d, e'\\n' order by d) from (
          select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
          union all select proname || proacl::text from pg_proc where pronamespace = 'public'::regnamespace
          union all select indexdef from pg_indexes where schemaname = 'public'
          union all select conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
          union all select attrelid::regclass || attname || format_type(atttypid, atttypmod) || attnotnull from pg_attribute
            join pg_class c on c.oid = attrelid where c.relnamespace = 'public'::regnamespace and attnum > 0
          union all select relname || relrowsecurity || coalesce(relacl::text, '') from pg_class where relnamespace = 'public'::regnamespace
          union all select tablename || policyname || roles::text from pg_policies) s(d)
        """

    @Test("The program has every script of Config, in order")
    func complete() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Config/supabase/migrations").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted()
        #expect(Migration.all.map(\.file) == files)
        for migration in Migration.all {
            #expect(try String(contentsOfFile: "\(folder)/\(migration.file)", encoding: .utf8) == migration.sql)
        }
    }

    @Test("Running them again changes nothing, and neither does what psql applied before")
    func again() async throws {
        let database = try await SchemaDatabase.make()
        let schema = try await database.rows(Self.schema)
        try await database.migrate()
        #expect(try await database.rows(Self.schema) == schema)
        // As psql does it: the scripts alone.
        let byHand = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        for migration in Migration.all { try await byHand.execute(migration.sql) }
        try await byHand.migrate()
        #expect(try await byHand.rows(Self.schema) == schema)
    }

    @Test(
        "What was left half done is completed",
        arguments: [
            "drop index sessions_one_active_per_contact; drop index messages_session_idx", "drop function switchboard_ingest",
            "drop table events", "drop view message_status_current; drop table message_statuses", "drop policy service_only on sessions",
            "alter table messages disable row level security; grant select on messages to anon",
            "alter table sessions drop constraint sessions_status_check", "revoke execute on function switchboard_start from service_role",
            "create or replace function switchboard_time(t timestamptz) returns text language sql as $$ select 'x' $$",
        ])
    func partial(damage: String) async throws {
        let database = try await SchemaDatabase.make()
        let schema = try await database.rows(Self.schema)
        try await database.execute(damage)
        #expect(try await database.rows(Self.schema) != schema)
        try await database.migrate()
        #expect(try await database.rows(Self.schema).map(Self.withoutOrder) == schema.map(Self.withoutOrder))
    }

    /// Grants in alphabetical order: they are listed as they were given.
    private static func withoutOrder(_ schema: String) -> String {
        schema.split(separator: "\n").map { line in
            line.split(whereSeparator: { "{},".contains($0) }).sorted().joined(separator: ",")
        }.joined(separator: "\n")
    }

    @Test("A PostgreSQL without Supabase's roles gets them; whoever may not make roles is told which")
    func roles() async throws {
        let server = try await PostgresServer.start()
        try await server.execute("drop role authenticator; drop role anon; drop role authenticated; drop role service_role")
        try await server.execute("create role owner login password '\(PostgresServer.password)'")
        let url = try await server.makeDatabase()
        let database = try SchemaDatabase(url: url)
        try await database.execute("grant create on schema public to owner")
        let byOwner = try SchemaDatabase(url: url.replacing("//postgres:", with: "//owner:"))
        let failure = await #expect(throws: MigrationFailure.self) { try await byOwner.migrate() }
        #expect(failure?.description.contains("there is no role anon, and owner may not make it") == true)
        #expect(failure?.description.contains("hint: As a superuser: create role anon") == true)
        try await database.migrate()
        #expect(
            try await database.rows(
                "select rolname, rolcanlogin from pg_roles where rolname in ('anon', 'authenticated', 'service_role') order by 1")
                == ["anon|f", "authenticated|f", "service_role|f"])
        try await server.stop()
    }

    @Test("sessions and messages are in supabase_realtime where there is one, once")
    func realtime() async throws {
        let database = try await SchemaDatabase.make(before: "create publication supabase_realtime")
        try await database.migrate()
        let tables = "select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1"
        #expect(try await database.rows(tables) == ["messages", "sessions"])
        let all = try await SchemaDatabase.make(before: "create publication supabase_realtime for all tables")
        #expect(try await all.rows("select puballtables from pg_publication") == ["t"])
    }

    @Test(
        "They are written down where the Supabase CLI keeps its list, of this version or an older one, and only there",
        arguments: [
            ("version text primary key, statements text[], name text", "name, cardinality(statements)"),
            ("version text primary key", "'-', 1"),
        ])
    func recorded(columns: String, shown: String) async throws {
        let list = "supabase_migrations.schema_migrations"
        let database = try await SchemaDatabase.make(before: "create schema supabase_migrations; create table \(list) (\(columns))")
        try await database.migrate()
        let expected = Migration.all.map { "\($0.version)|\(columns.contains("name") ? $0.name : "-")|1" }
        #expect(try await database.rows("select version, \(shown) from \(list) order by 1") == expected)
        let migrator = try Migrator(url: Secret(database.url))
        #expect(await migrator.isRecorded(Migration.all[0]))
        let plain = try await SchemaDatabase.make()
        #expect(try await plain.rows("select to_regnamespace('supabase_migrations')") == ["-"])
        #expect(await (try Migrator(url: Secret(plain.url))).isRecorded(Migration.all[0]) == false)
    }

    @Test("Two that migrate one database at once do not disturb each other")
    func atOnce() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 { group.addTask { try await database.migrate() } }
            try await group.waitForAll()
        }
        #expect(try await database.call(.inspect, "{}")["version"].int == Int64(SchemaContract.version))
    }

    @Test("The API is told that there is more")
    func notified() {
        for migration in Migration.all.suffix(1) { #expect(migration.sql.contains("notify pgrst, 'reload schema'")) }
    }
}
