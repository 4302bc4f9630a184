import Foundation
import JSON
import Supabase
import SwitchboardTesting
import Testing

@Suite("switchboard migrate")
struct MigrateCommandTests {
    @Test("It migrates a database by the given URL or the URL of the settings, and can be repeated")
    func apply() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        let settings = GatewayFolder.settings(extra: "supabase: { db_url: \"\(database.url)\" }")
        try await GatewayFolder.with(settings: settings) { folder in
            let outcomes = try await [
                // Neither settings nor the sources are needed.
                BuiltProgram.run(["migrate", "--db-url", database.url]), folder.run("migrate"),
            ]
            for outcome in outcomes {
                #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
                #expect(outcome.output.hasSuffix(" is up to date\n") && !outcome.output.contains(PostgresServer.password))
            }
            // The plan is printed before it is applied.
            let replaced = Migration.all.count(where: \.isReplaced)
            #expect(outcomes[0].output.contains("change    sessions                is created\n"))
            #expect(
                outcomes[0].output.contains(
                    "\napplied \(Migration.all.count - replaced) scripts, left out \(replaced) that later scripts replace\n"))
            #expect(outcomes[1].output.hasPrefix("nothing to change\n"))
            #expect(outcomes[1].output.split(separator: "\n").count == 2)
        }
        #expect(try await database.rows("select (switchboard_inspect('{}')->>'version')") == [["\(SchemaContract.version)"]])
    }

    @Test("Values of a row that cannot be upgraded, which the database quotes, are not shown")
    func quoted() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create table sessions (session_id uuid primary key default gen_random_uuid(), customer_id text, phone text, channel text,
              session_token text, status text, created_at timestamptz default now(), last_activity timestamptz default now(),
              expires_at timestamptz, constraint own check (phone !~ '\\+'));
            insert into sessions (phone, channel, session_token, status) values ('919876543210', 'chat', 'a-secret-token', 'active');
            """)
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", database.url])
        #expect(outcome.exitCode == 1, "\(outcome.output)")
        #expect(outcome.errors.contains("23514: new row for relation \"sessions\" violates check constraint \"own\""), "\(outcome.errors)")
        #expect(!outcome.errors.contains("a-secret-token") && !outcome.errors.contains("9876543210"))
    }

    @Test("If a change could not be made, migrate names it and fails")
    func left() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        #expect(try await BuiltProgram.run(["migrate", "--db-url", database.url]).exitCode == 0)
        // The owner cannot revoke a privilege that another role granted.
        let grantor = "grantor_\(database.url.split(separator: "/").last ?? "")"
        try await database.execute(
            """
            create role \(grantor); grant select on contacts to \(grantor) with grant option;
            set role \(grantor); grant select on contacts to anon; reset role;
            """)
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", database.url])
        #expect(outcome.exitCode == 1 && !outcome.output.contains("is up to date"))
        let told = "the scripts were applied, but these planned changes are not in the database:\n"
        #expect(outcome.errors.contains(told + "  contacts anon loses select"))
    }

    @Test("SQL to restore an object says where it must be edited, in JSON too")
    func edited() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create table sessions (session_id uuid primary key, customer_id bigint, phone text, channel text, session_token text);
            create policy mine on sessions for select using (customer_id = 3);
            """)
        let arguments = ["migrate", "--db-url", database.url, "--dry-run"]
        let text = try await BuiltProgram.run(arguments).output
        #expect(text.contains("after the migration; first rewrite it where it expects sessions.customer_id to be bigint:\n"), "\(text)")
        let lines = try await BuiltProgram.run(arguments + ["--json"]).output.split(separator: "\n")
        let edits = try lines.compactMap { try JSON(parsing: Array($0.utf8))["edit"].string }
        #expect(edits == ["where it expects sessions.customer_id to be bigint"])
    }

    @Test("It reports that the scripts were recorded in the Supabase CLI's list")
    func recorded() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        _ = try await database.rows("create schema supabase_migrations")
        _ = try await database.rows(
            "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)")
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", database.url])
        #expect(
            outcome.output.contains(", recorded \(Migration.all.count) in supabase_migrations.schema_migrations\n"), "\(outcome.output)"
        )
    }

    @Test("The printed scripts can be applied by psql, whatever the settings say", arguments: ["{}", Self.restAlone])
    func printed(supabase: String) async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(extra: "supabase: \(supabase)")) { folder in
            let outcome = try await folder.run("migrate", "--print")
            #expect(outcome.exitCode == 0 && outcome.output == Migration.script(in: .public) && outcome.errors.isEmpty)
        }
    }

    private static let restAlone = "{ url: 'http://127.0.0.1:1', service_role_key: a-service-key }"

    @Test(
        "Without a database URL it applies nothing, and says which variable is missing and how to apply the scripts",
        arguments: ["{}", Self.restAlone])
    func noURL(supabase: String) async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(extra: "supabase: \(supabase)")) { folder in
            let outcome = try await folder.run("migrate")
            #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("switchboard: nothing was applied, because there is no database URL. Set SUPABASE_DB_URL "))
            for way in [#"| psql -v ON_ERROR_STOP=1 "$SUPABASE_DB_URL""#, "migrate --print > switchboard.sql", "supabase db push"] {
                #expect(outcome.errors.contains(way))
            }
        }
    }

    @Test("psql applies the printed scripts completely or not at all", arguments: [false, true])
    func psql(isInTheWay: Bool) async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        // The contacts of another program. This obstacle comes later than the types of the sessions.
        if isInTheWay {
            _ = try await database.rows("create table sessions (session_id bigint primary key, phone text, status text)")
            _ = try await database.rows("create table contacts (id bigint primary key, email text)")
        }
        let columns = "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1,2"
        let before = try await database.rows(columns)
        _ = try await BuiltProgram.shell("'\(BuiltProgram.executable)' migrate --print | psql -q -X '\(database.url)'")
        #expect(try await (database.rows(columns) == before) == isInTheWay)
        #expect(try await database.rows("select to_regproc('public.switchboard_inspect') is null") == [["\(isInTheWay ? "t" : "f")"]])
        #expect(try await database.rows("select count(*) from pg_trigger where tgname like 'switchboard%'") == [[isInTheWay ? "0" : "2"]])
    }

    @Test("As files they are what the Supabase CLI applies, in order; one with other contents stops it before any is written")
    func files() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await GatewayFolder.with { folder in
            let arguments = ["migrate", "--print", "--into", "supabase/migrations"]
            let written = try await BuiltProgram.run(arguments, in: folder.path)
            #expect(written.exitCode == 0 && written.errors.isEmpty, "\(written.errors)")
            let names = Migration.all.map { "supabase/migrations/\($0.file)" }
            #expect(written.output.split(separator: "\n").map(String.init) == names.map { "written \($0)" })
            for name in names {
                let script = try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
                try await database.execute(script)
            }
            #expect(try await database.rows("select (switchboard_inspect('{}')->>'version')") == [["\(SchemaContract.version)"]])
            let again = try await BuiltProgram.run(arguments, in: folder.path)
            #expect(again.output == written.output.replacing("written", with: "unchanged"))
            try folder.write("-- mine", to: names[1])
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(names[0])")
            let refused = try await BuiltProgram.run(arguments, in: folder.path)
            #expect(
                refused.exitCode == 2 && refused.output.isEmpty && refused.errors.contains("\(names[1]) is there and is not the script"))
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/\(names[0])"))
            let usage = try await BuiltProgram.run(["migrate", "--into", "x"], in: folder.path)
            #expect(usage.exitCode == 64 && usage.errors.contains("--into needs --print"))
        }
    }

    @Test("For another schema it prints, writes and applies the scripts of that schema, by the settings or by --schema")
    func schema() async throws {
        let acme = try #require(SchemaName("acme"))
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        // `--print` ignores all other errors in the settings.
        let settings = "accounts: [{ secrets: ['${NOBODY_SETS_THIS}'] }]\nsupabase: { schema: acme }"
        try await GatewayFolder.with(settings: settings) { folder in
            let printed = try await folder.run("migrate", "--print")
            let scripts = Migration.script(in: acme)
            #expect(printed.exitCode == 0 && printed.output == scripts)
            let recipe = try await folder.run("migrate", "--print", "--recipe", "agents")
            #expect(recipe.exitCode == 0 && recipe.output == Recipe.agents.sql(in: acme))
            try await database.execute(printed.output)
            try await database.execute(recipe.output)
            #expect(try await database.rows("select to_regclass('public.contacts') is null") == [["t"]])
            #expect(try await database.rows("select has_schema_privilege('authenticated', 'acme', 'usage')") == [["t"]])
            let planned = try await folder.run("migrate", "--db-url", database.url, "--dry-run")
            #expect(planned.exitCode == 0 && planned.output.contains("\nnothing to change"), "\(planned)")
            let written = try await folder.run("migrate", "--print", "--into", "scripts")
            #expect(written.output.split(separator: "\n").map(String.init) == Migration.all(in: acme).map { "written scripts/\($0.file)" })
            let beside = try await folder.run("migrate", "--db-url", database.url, "--schema", "public")
            #expect(beside.exitCode == 0 && beside.output.hasSuffix(" is up to date\n") && !beside.output.contains("?schema="))
            #expect(
                try await database.rows(
                    "select switchboard_inspect('{}') ->> 'version', acme.switchboard_inspect('{}') ->> 'version'")
                    == [["\(SchemaContract.version)", "\(SchemaContract.version)"]])
        }
    }

    @Test(
        "A text that is not a schema's name, and an unknown recipe, are usage errors",
        arguments: [
            (["--print", "--schema", "auth"], "--schema must be another name than “auth”"),
            (["--print", "--schema", "A"], "--schema must be the name of a schema"), (["--recipe", "agents"], "--recipe needs --print"),
            (["--print", "--recipe", "cooks"], "There is no recipe “cooks”; known: agents."),
        ])
    func schemaUsage(arguments: [String], words: String) async throws {
        let outcome = try await BuiltProgram.run(["migrate"] + arguments)
        #expect(outcome.exitCode == 64 && outcome.output.isEmpty && outcome.errors.contains(words), "\(outcome)")
    }

    @Test("Obstacles are listed with what to do about them, and nothing is changed until they are resolved", arguments: [true, false])
    func obstacles(isDryRun: Bool) async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create table customers (id bigint primary key);
            create table sessions (session_id uuid primary key, customer_id bigint default 0 references customers (id), phone text,
              channel text, session_token text);
            insert into sessions (session_id, customer_id, phone, session_token)
            values (gen_random_uuid(), null, '+919876543210', 'a-secret-token');
            """)
        let catalog = "select oid::text, relname::text, relfilenode::text from pg_class where oid > 16383 order by 1"
        let before = try await database.rows(catalog)
        let arguments = ["migrate", "--db-url", database.url] + (isDryRun ? ["--dry-run"] : [])
        let refused = try await BuiltProgram.run(arguments)
        #expect(refused.exitCode == 1)
        #expect(refused.errors.hasPrefix("switchboard: do what the plan says for its obstacle, and run migrate again"), "\(refused.errors)")
        for line in [
            "change    sessions.customer_id     bigint becomes text",
            "obstacle  sessions.customer_id     the foreign key sessions_customer_id_fkey allows only values from public.customers, "
                + "and prevents its change to text",
            "                                   → drop it: clients and providers may send values that are not in that table",
            "                                   alter table public.sessions drop constraint if exists sessions_customer_id_fkey;",
        ] {
            #expect(refused.output.contains("\(line)\n"), "\(line)\n\(refused.output)")
        }
        #expect(refused.output.hasSuffix(", 1 obstacle: nothing is changed\n"))
        #expect(!refused.output.contains("applied") && !refused.output.contains("9876543210") && !refused.output.contains("a-secret"))
        #expect(try await database.rows(catalog) == before)
        try await database.execute("alter table public.sessions drop constraint if exists sessions_customer_id_fkey")
        let outcome = try await BuiltProgram.run(arguments)
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.contains(", no obstacles\n") && outcome.output.contains("applied") == !isDryRun)
        #expect(try await database.rows("select to_regclass('contacts') is null") == [[isDryRun ? "t" : "f"]])
    }

    @Test("--dry-run --json prints a line of JSON per change and obstacle; for an up-to-date database it prints none")
    func json() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await database.execute("create table messages (id bigserial primary key, body text)")
        let refused = try await BuiltProgram.run(["migrate", "--db-url", database.url, "--dry-run", "--json"])
        #expect(refused.exitCode == 1)
        let steps = try refused.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
        #expect(steps.count { $0["kind"].string == "change" && $0["advice"].kind == .absent } == steps.count - 1)
        let obstacle = steps.first { $0["kind"].string == "obstacle" }
        #expect(obstacle?["table"].string == "messages" && obstacle?["column"].kind == .absent)
        #expect(obstacle?["statement"].string == "alter table public.messages rename to own_messages;")
        try await database.execute("alter table public.messages rename to own_messages")
        let applied = try await BuiltProgram.run(["migrate", "--db-url", database.url, "--json"])
        let lines = try applied.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
        #expect(applied.exitCode == 0 && lines.contains { $0["kind"].string == "change" })
        #expect(lines.last?["file"].string?.hasSuffix(".sql") == true && lines.last?["replaced"].bool == false)
        let done = try await BuiltProgram.run(["migrate", "--db-url", database.url, "--dry-run", "--json"])
        #expect(done.exitCode == 0 && done.output.isEmpty && done.errors.isEmpty)
    }

    @Test(
        "--dry-run examines a database: it requires a URL, and excludes options that need none",
        arguments: [
            (["--dry-run"], 2, "--dry-run needs a database URL: set supabase.db_url or SUPABASE_DB_URL, or give --db-url"),
            (["--dry-run", "--print"], 64, "--print does not look at the database"),
            (["--print", "--json"], 64, "--print prints SQL"),
        ] as [([String], Int32, String)])
    func dryRunUsage(arguments: [String], code: Int32, words: String) async throws {
        try await GatewayFolder.with { folder in
            let outcome = try await BuiltProgram.run(["migrate", "--config", "settings.yaml"] + arguments, in: folder.path)
            #expect(outcome.exitCode == code && outcome.output.isEmpty && outcome.errors.contains(words), "\(outcome)")
        }
    }

    @Test(
        "A URL that cannot be read or whose login is refused ends with another exit code than an unavailable database",
        arguments: [
            ("bogus", 2, nil), ("postgres://postgres:wrong@127.0.0.1:PORT/postgres", 2, "user, password and database in "),
            ("postgres://postgres:\(PostgresServer.password)@127.0.0.1:PORT/nowhere", 2, "user, password and database in "),
            ("postgres://me@127.0.0.1:1/x", 75, "host and port in "), ("postgres://me@127.0.0.1:1/x?schema=acme", 2, nil),
        ] as [(String, Int32, String?)])
    func unusable(url: String, code: Int32, advice: String?) async throws {
        let port = try await PostgresServer.shared().port
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", url.replacing("PORT", with: "\(port)")])
        #expect(outcome.exitCode == code && outcome.output.isEmpty && outcome.errors.hasPrefix("switchboard: "))
        let checks = outcome.errors.components(separatedBy: "\n  → check ").dropFirst()
        #expect(checks.count == (advice == nil ? 0 : 1) && checks.allSatisfy { $0.hasPrefix(advice ?? "") }, "\(outcome.errors)")
    }

    @Test("Unreadable settings stop it")
    func settings() async throws {
        try await GatewayFolder.with(settings: "supabase: { ural: 7 }") { folder in
            let outcome = try await folder.run("migrate")
            #expect(outcome.exitCode == 2 && outcome.output.isEmpty && outcome.errors.contains("supabase.ural: unknown key"))
        }
    }
}
