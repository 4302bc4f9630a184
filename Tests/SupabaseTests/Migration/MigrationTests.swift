import Foundation
import JSON
import Messaging
import Signing
import SwitchboardTesting
import Synchronization
import Testing

@testable import Supabase

@Suite("Migrations")
struct MigrationTests {
    /// Everything that the scripts create, as text.
    private static let schema = """
        select string_agg(d, e'\\n' order by d) from (
          select pg_get_functiondef(oid) from pg_proc where pronamespace::regnamespace::text in ('public', 'switchboard')
          union all select proname || proacl::text from pg_proc where pronamespace::regnamespace::text in ('public', 'switchboard')
          union all select 'schema ' || nspname || ' ' || nspacl::text from pg_namespace where nspname = 'switchboard'
          union all select indexdef from pg_indexes where schemaname = 'public'
          union all select conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
          union all select attrelid::regclass || attname || format_type(atttypid, atttypmod) || attnotnull from pg_attribute
            join pg_class c on c.oid = attrelid where c.relnamespace = 'public'::regnamespace and attnum > 0
          union all select relname || relrowsecurity || coalesce(relacl::text, '') from pg_class where relnamespace = 'public'::regnamespace
          union all select tablename || policyname || roles::text from pg_policies) s(d)
        """

    @Test("The program contains every script of Config, in order")
    func complete() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Config/supabase/migrations").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted()
        #expect(Migration.all.map(\.file) == files, "`make migration` enters what is missing in Sources/Supabase/Migration/Migration.swift")
        for migration in Migration.all {
            #expect(try String(contentsOfFile: "\(folder)/\(migration.file)", encoding: .utf8) == migration.sql)
        }
    }

    /// The SHA-256 of each landed script. A changed script would not reach databases that already have it; a change needs a new script.
    private static let landed = [
        "20261124000000": "b1eea72bdc9519fd0a956520526b04673c35fd81a65dd2573c77ca81cf2e09e1",
        "20261124000100": "02df6b5cada0abd7ce0c04e777ed0dfd1d66da44611a9ae4a4896157edf256cc",
        "20261125200000": "561c2cbb0d14aaaa6f9e0c90670c70ba4ff2518138154bcf5d43d6beca958c8c",
        "20261126000000": "a595f492bd5c48722ca59ba46ae9074b742b05df5bcec2c062958f7827941a9a",
        "20261126050000": "b4730a442125c8d6fadf61d8b8a3b44cf4b8ad636c8b872d5c43b25ff7ceb82f",
        "20261126060000": "ba84d09ad5a561a08dd4fc106a312d71c84e1a8e46de8bd3473158477e44c4a8",
        "20261126090000": "beceb4b0575c8ff9fef0db9a4361a4d3ab345f15385b818ddb54e2b948cb2b83",
        "20261126100000": "c24bd5994ac15c264da2702320f14f86a4f8f5cebdf0dbd57bb52bff06d6aef5",
        "20261126110000": "a1426fad8888aa53a921cf922710ce1d8ea7b30c3d1d189895a9f2e2f8244888",
        "20261126120000": "c8a349c353170675a14adf5b95d0f0709875cea35f9fc10310fb7c748849f562",
        "20261126140000": "e22ebb598eb560800d5e16e7c0ee8a4c4bc0b03b91b7eb4ed2e82fc1fce6a1d8",
        "20261126160000": "b59bd49ed3fc6e6d32f7109547529adc55a5304739c6653ad23ba1fe1150631a",
        "20261126160050": "1f6974bbfed9b82cccb8db43fa1686ad05680c184aee3636c54358b93279ac80",
        "20261126160100": "247a8161389f5e4d120fd37f78cbe92d90f6475d32f98953e906ff6ed6e4b26c",
        "20261126193000": "e8c848ec0882f3532ef71738138a6e0502a7d13f16c46ba3b9f9077928e100c2",
        "20261126233000": "e3f56872e924c5990c9aa9fe76cee1528b3554ae1453c13d8791573d27316b54",
        "20261127030000": "1991c8abd06386a78ac005389ce7c4f2c13844fc6256abb4d64e6c47fa754e4a",
        "20261127063500": "9219330773e6dea358adb01e7fc8f7c0b224ce4626d18d0138fde2eb042a6219",
        "20261127091000": "be8ee729c621798a626d02d67f3b48c03c17f17f17a1d21741733586d7ca52e4",
        "20261127141100": "f77b5a055945ca787493d3c06ea2cd2b7bce839fe863a3469eb637a934e6b123",
        "20261127175200": "59508039cff7356f45958f520584b61071ecacb16869eb15946c03eee2a6d9eb",
    ]

    @Test("No released script was edited")
    func unedited() {
        for migration in Migration.all {
            let hash = Hex.encode(Digest.sha256(Array(migration.sql.utf8)))
            let line = "\"\(migration.version)\": \"\(hash)\","
            guard let known = Self.landed[migration.version] else {
                Issue.record("\(migration.file) is new: `make migration` adds the line \(line) to `landed` above")
                continue
            }
            #expect(known == hash, "\(migration.file) was edited. Restore it if it is committed; else `make migration` makes this \(line)")
        }
    }

    @Test("The last functions script consists of the files in Config/supabase/functions, and its name has the contract's version")
    func functions() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../Config/supabase/functions"
        ).path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let text = try files.map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }.joined()
        let last = try #require(Migration.all.last { $0.functionsVersion == SchemaContract.version })
        let isLast = last.sql == text
        #expect(isLast, "\(last.file) is not what Config/supabase/functions has: `make migration` writes that down as the next script")
        #expect(
            last.sql.contains("'version', \(SchemaContract.version),"),
            "`'version', …` in Config/supabase/functions/70_inspect.sql is not that of \(last.file): `make migration` sets it")
        #expect(Migration.all.filter { !$0.isReplaced && $0.functionsVersion != nil } == [last])
    }

    @Test("Only the six functions that are called are in public, each function pins its search path, and none is longer than a screen")
    func shape() async throws {
        let database = try await SchemaDatabase.make()
        #expect(
            try await database.rows("select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1")
                == ContractFunction.allCases.map(\.rawValue).sorted())
        let all = "from pg_proc where pronamespace::regnamespace::text in ('public', 'switchboard')"
        #expect(try await database.rows("select proname \(all) and not coalesce(proconfig::text like '%search_path=%', false)") == [])
        #expect(try await database.rows("select proname \(all) and regexp_count(prosrc, e'\\n') > 60") == [])
    }

    @Test("Another schema gets everything that public would get, and public gets nothing")
    func ownSchema() async throws {
        // A search path that begins with public begins with the other schema instead, followed by public.
        let lines = { (rows: [String]) in
            rows.joined().replacing("'acme', 'public'", with: "'acme'").split(separator: "\n").map(String.init).sorted()
        }
        let ofPublic = try await SchemaDatabase.makeCopy().rows(Self.schema).joined()
        let own = try await SchemaDatabase.makeCopy(in: .acme)
        #expect(lines(try await own.rows(SchemaName.acme.text(Self.schema))) == lines([SchemaName.acme.text(ofPublic)]))
        for (catalog, column) in [("pg_class", "relnamespace"), ("pg_proc", "pronamespace"), ("pg_type", "typnamespace")] {
            #expect(try await own.rows("select 1 from \(catalog) where \(column) = 'public'::regnamespace") == [], "\(catalog)")
        }
        #expect(try await own.rows("select to_regnamespace('switchboard')") == ["-"])
    }

    @Test("Running the migrations again, or after psql has applied them, changes nothing")
    func again() async throws {
        let database = try await SchemaDatabase.make()
        let schema = try await database.rows(Self.schema)
        try await database.migrate()
        #expect(try await database.rows(Self.schema) == schema)
        // Only the scripts, as psql would run them.
        let byHand = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        for migration in Migration.all { try await byHand.execute(migration.sql) }
        try await byHand.migrate()
        #expect(try await byHand.rows(Self.schema) == schema)
    }

    @Test(
        "An unfinished migration is completed",
        arguments: [
            "drop index sessions_one_active_per_contact; drop index messages_session_idx", "drop function switchboard_ingest",
            "drop table events", "drop view message_status_current; drop table message_statuses", "drop policy service_only on sessions",
            "alter table messages disable row level security; grant select on messages to anon",
            "alter table sessions drop constraint sessions_status_check", "revoke execute on function switchboard_start from service_role",
            "create or replace function switchboard.iso_time(t timestamptz) returns text language sql as $$ select 'x' $$",
            "drop schema switchboard cascade",
        ])
    func partial(damage: String) async throws {
        let database = try await SchemaDatabase.make()
        let schema = try await database.rows(Self.schema)
        try await database.execute(damage)
        #expect(try await database.rows(Self.schema) != schema)
        try await database.migrate()
        #expect(try await database.rows(Self.schema).map(Self.withoutOrder) == schema.map(Self.withoutOrder))
    }

    /// With privileges in alphabetical order, since they are listed in the order in which they were granted.
    private static func withoutOrder(_ schema: String) -> String {
        schema.split(separator: "\n").map { line in
            line.split(whereSeparator: { "{},".contains($0) }).sorted().joined(separator: ",")
        }.joined(separator: "\n")
    }

    @Test("PostgreSQL without Supabase's roles gets them; a user who may not create roles is told which are missing")
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

    @Test("sessions and messages are added to supabase_realtime once, if that publication exists", arguments: SchemaName.tested)
    func realtime(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.make(before: "create publication supabase_realtime", in: schema)
        try await database.migrate()
        let tables = "select schemaname, tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 2"
        #expect(try await database.rows(tables) == ["\(schema)|messages", "\(schema)|sessions"])
        let all = try await SchemaDatabase.make(before: "create publication supabase_realtime for all tables")
        #expect(try await all.rows("select puballtables from pg_publication") == ["t"])
    }

    @Test(
        "The scripts are recorded in the Supabase CLI's list, of this version or an older one, and only if it exists",
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
        // The records of another schema are added to those of public.
        try await SchemaDatabase(url: database.url, in: .acme).migrate()
        #expect(try await database.rows("select count(*) from \(list)") == ["\(2 * Migration.all.count)"])
        let plain = try await SchemaDatabase.make()
        #expect(try await plain.rows("select to_regnamespace('supabase_migrations')") == ["-"])
        #expect(await (try Migrator(url: Secret(plain.url))).isRecorded(Migration.all[0]) == false)
    }

    @Test("Two concurrent migrations of one database do not disturb each other")
    func atOnce() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...4 {
                group.addTask {
                    let migrator = try Migrator(url: Secret(database.url))
                    defer { migrator.shutdown() }
                    // Having looked for the schema, each migrator remembers that there was none.
                    _ = try await migrator.plan()
                    try await migrator.apply(migrator.migrations)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.call(.inspect, "{}")["version"].int == Int64(SchemaContract.version))
    }

    @Test("PostgREST is notified of the new schema")
    func notified() {
        for migration in Migration.all.suffix(1) { #expect(migration.sql.contains("notify pgrst, 'reload schema'")) }
    }

    @Test("A table made by hand with ids from a sequence is upgraded in place", arguments: ["always", "by default"])
    func identity(kind: String) async throws {
        let database = try await SchemaDatabase.make(
            before: """
                create table sessions (
                  session_id bigint generated \(kind) as identity primary key, customer_id bigint, phone text, channel text,
                  session_token text, status text, created_at timestamptz default now(), last_activity timestamptz default now(),
                  expires_at timestamptz, metadata jsonb);
                insert into sessions (phone, channel, session_token, status, expires_at, metadata)
                values ('+919876543210', 'chat', 'a-token-of-theirs', 'active', now() + interval '1 day', '{}');
                """)
        #expect(
            try await database.rows("select session_id = md5('1')::uuid, session_token, status from sessions")
                == ["t|a-token-of-theirs|active"])
        #expect(
            try await database.rows("select count(*) from pg_attribute where attrelid = 'sessions'::regclass and attidentity <> ''") == [
                "0"
            ])
    }

    @Test("A script that waits for a lock reports the lock and its holder, and continues once it is free")
    func locked() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let other = try SchemaDatabase(url: database.url)
        // Holds the lock until the script waits, and for two more seconds.
        async let held: Void = other.execute(
            """
            set application_name = 'psql';
            begin; lock table contacts;
            do $$ begin
              while not exists (
                select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
              loop perform pg_sleep(0.05), pg_stat_clear_snapshot(); end loop;
            end $$;
            select pg_sleep(2); commit;
            """)
        while try await database.rows("select pid from pg_locks where relation = 'contacts'::regclass and granted").isEmpty {}
        let migrator = try Migrator(url: Secret(database.url), patience: .milliseconds(50))
        defer { migrator.shutdown() }
        let waits = Mutex<[LockWait]>([])
        try await migrator.apply([Migration.all[0]]) { wait in waits.withLock { $0.append(wait) } }
        try await held
        let told = waits.withLock { $0 }
        #expect(told.map(\.table) == ["public.contacts"] && told.map(\.application) == ["psql"], "\(told)")
        #expect(told.first?.description.hasPrefix("the table public.contacts: process ") == true)
    }

    @Test("The scripts missing from the list of the Supabase CLI are reported")
    func unrecorded() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create schema supabase_migrations;
            create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
            insert into supabase_migrations.schema_migrations (version) values ('\(Migration.all[0].version)');
            """)
        #expect(
            try await database.plan().steps.map(\.message) == [
                "\(Migration.all.count - 1) scripts are recorded as applied in supabase_migrations.schema_migrations, the list of the "
                    + "Supabase CLI"
            ])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }
}
