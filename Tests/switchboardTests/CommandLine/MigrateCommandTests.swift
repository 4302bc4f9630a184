import Foundation
import Supabase
import SwitchboardTesting
import Testing

@Suite("switchboard migrate")
struct MigrateCommandTests {
    @Test("It brings a database up to date, by the URL it is given or by that of the settings, and again")
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
                let lines = outcome.output.split(separator: "\n").map(String.init)
                let scripts = Migration.all.map { "\($0.isReplaced ? "replaced" : "applied") \($0.file)" }
                #expect(lines.prefix(scripts.count) == scripts[...])
                #expect(lines.last?.hasSuffix("is up to date") == true)
                #expect(!outcome.output.contains(PostgresServer.password))
            }
        }
        #expect(try await database.rows("select (switchboard_inspect('{}')->>'version')") == [["\(SchemaContract.version)"]])
    }

    @Test("What the database quotes of a row that cannot be upgraded is not shown")
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

    @Test("It says where it was written down for the Supabase CLI")
    func recorded() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        _ = try await database.rows("create schema supabase_migrations")
        _ = try await database.rows(
            "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)")
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", database.url])
        #expect(outcome.output.contains("applied \(Migration.all[0].file), recorded in supabase_migrations.schema_migrations\n"))
    }

    @Test("Printed, or where there is no URL, it is what psql applies; and without one it says how", arguments: [["--print"], []])
    func printed(arguments: [String]) async throws {
        try await GatewayFolder.with { folder in
            let outcome = try await BuiltProgram.run(["migrate", "--config", "settings.yaml"] + arguments, in: folder.path)
            #expect(outcome.exitCode == 0)
            let scripts = Migration.all.filter { !$0.isReplaced }.map { "-- \($0.file)\n\($0.printed)\n" }.joined()
            #expect(outcome.output == scripts)
            #expect(outcome.errors.contains("supabase db push") == arguments.isEmpty)
            #expect(outcome.errors.contains("SQL editor") == arguments.isEmpty)
        }
    }

    @Test("As files they are what the Supabase CLI applies, in its order; one that differs stops it before any is written")
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
            #expect(usage.exitCode == 64 && usage.errors.contains("--into wants --print"))
        }
    }

    @Test("A script that is refused is named, with what the database says and advises, and nothing of it stays")
    func refused() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        _ = try await database.rows("create table sessions (session_id uuid primary key, customer_id bigint)")
        _ = try await database.rows("create view online as select customer_id from sessions")
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", database.url])
        #expect(outcome.exitCode == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("switchboard: 20261124000000_switchboard_tables.sql: refused by the server: 0A000: "))
        for words in ["view online", "hint: Keep its definition"] { #expect(outcome.errors.contains(words)) }
        #expect(try await database.rows("select to_regclass('contacts')") == [["-"]])
    }

    @Test(
        "A URL that is none, a password that is wrong and a database that is away have exit codes of their own",
        arguments: [("bogus", 2), ("postgres://postgres:wrong@127.0.0.1:PORT/postgres", 1), ("postgres://me@127.0.0.1:1/x", 75)]
            as [(String, Int32)])
    func unusable(url: String, code: Int32) async throws {
        let port = try await PostgresServer.shared().port
        let outcome = try await BuiltProgram.run(["migrate", "--db-url", url.replacing("PORT", with: "\(port)")])
        #expect(outcome.exitCode == code && outcome.output.isEmpty && outcome.errors.hasPrefix("switchboard: "))
    }

    @Test("Settings that cannot be read stop it")
    func settings() async throws {
        try await GatewayFolder.with(settings: "supabase: { ural: 7 }") { folder in
            let outcome = try await folder.run("migrate")
            #expect(outcome.exitCode == 2 && outcome.output.isEmpty && outcome.errors.contains("supabase.ural: unknown key"))
        }
    }
}
