import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("switchboard doctor")
struct DoctorCommandTests {
    struct Line: Equatable {
        let level: String
        let check: String
        let message: String
        let advice: String?
    }

    @Test(
        "If everything is in order, all checks pass beside a running gateway, by REST and by a database URL",
        arguments: SharedDatabase.Way.allCases)
    func good(way: SharedDatabase.Way) async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: way) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
                try await client.drained()
                let lines = try await lines(of: folder, code: 0)
                #expect(lines.filter { $0.level != "ok" } == [])
                let checks = Set(lines.map(\.check))
                for check in [
                    "settings.accounts", "journal.writable", "journal.outbox", "journal.integrity", "supabase.clock", "supabase.columns",
                ] {
                    #expect(checks.contains(check), "\(check)")
                }
                let text = try await folder.run("doctor")
                #expect(text.exitCode == 0 && text.output.hasSuffix("\nall is well\n") && !text.output.contains("\u{1B}"))
                #expect(text.output.contains("ok    supabase.tables        all 7 exist\n") || way == .rest)
                #expect(!text.output.contains(PostgresServer.password) && !text.output.contains(PostgRESTServer.Keys.legacy))
            }
        }
    }

    @Test("A fault in the database is reported with its remedy, and the remedy works", arguments: SharedDatabase.Way.allCases, damages)
    func damaged(way: SharedDatabase.Way, damage: Damage) async throws {
        let database = try await SharedDatabase.make()
        for statement in damage.statements { _ = try await database.rows(statement) }
        try await database.settings(by: way) { section in
            try await GatewayFolder.with(settings: GatewayFolder.settings(extra: section)) { folder in
                let failed = try await lines(of: folder, code: 1).filter { $0.level == "fail" }
                #expect(failed.map(\.check) == [damage.check])
                #expect(failed.first?.message.contains(damage.words) == true, "\(failed)")
                let advice = try #require(failed.first?.advice)
                if advice.hasSuffix(";") { try await database.execute(advice) } else { #expect(advice.contains("switchboard migrate")) }
                _ = try await BuiltProgram.run(["migrate", "--db-url", database.url])
                #expect(try await lines(of: folder, code: 0).filter { $0.level == "fail" } == [])
            }
        }
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let check: String
        let words: String
        let statements: [String]

        var testDescription: String { words }
    }

    private static let damages = [
        Damage(
            check: "supabase.columns", words: "sessions.customer_id is bigint and must be text",
            statements: [
                // PostgreSQL does not change the type of a column that a trigger uses.
                "drop trigger switchboard_customer_of_changed on sessions",
                "alter table sessions alter column customer_id type bigint using 103",
            ]),
        Damage(
            check: "supabase.row_security", words: "off: sessions", statements: ["alter table sessions disable row level security"]),
        Damage(
            check: "supabase.functions", words: "version 0 is older",
            statements: [
                """
                create or replace function switchboard_inspect(request jsonb) returns jsonb language sql set search_path = '' as
                $$ select jsonb_build_object('version', 0, 'columns', (select jsonb_agg(jsonb_build_object(
                  'table', table_name, 'column', column_name, 'type', data_type)) from information_schema.columns where table_schema = 'public'
                  and table_name <> 'message_status_current')) $$
                """
            ]),
        Damage(
            check: "supabase.grants", words: "table messages is open to anon for insert",
            statements: ["grant insert on messages to anon"]),
    ]

    @Test("A database that was never migrated is reported as such", arguments: SharedDatabase.Way.allCases)
    func neverMigrated(way: SharedDatabase.Way) async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await database.settings(by: way) { section in
            try await GatewayFolder.with(settings: GatewayFolder.settings(extra: section)) { folder in
                let failed = try await lines(of: folder, code: 1).filter { $0.level == "fail" }
                #expect(failed.map(\.check).contains("supabase.functions") && failed.map(\.check).contains("supabase.tables"))
                #expect(failed.allSatisfy { $0.advice?.contains("switchboard migrate") == true })
            }
        }
    }

    @Test("A wrong key is reported as such", arguments: keys)
    func key(key: String, words: [String]) async throws {
        let database = try await SharedDatabase.make()
        try await PostgRESTServer.run(database: database.url) { server in
            let section = "supabase: { url: \"\(server.url)\", service_role_key: \"\(key)\" }"
            try await GatewayFolder.with(settings: GatewayFolder.settings(extra: section)) { folder in
                let failed = try await lines(of: folder, code: 1).filter { $0.level == "fail" }
                #expect(Set(failed.map(\.check)) == ["supabase.service_role_key"])
                for word in words { #expect(failed.contains { $0.message.contains(word) }, "\(word): \(failed)") }
            }
        }
    }

    private static let keys: [(String, [String])] = [
        ("sb_secret_of-another-project", ["401"]), (PostgRESTServer.Keys.anon, ["the key of anon", "42501"]),
        ("sb_publishable_x", ["publishable", "401"]), ("eyJ.wrong.key", ["part of it is missing", "401"]),
    ]

    @Test("A missing database setting is a warning that names the setting; an unreachable database is a failure", arguments: ways)
    func noWay(section: String, code: Int32, check: String, words: String) async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(extra: "supabase: \(section)")) { folder in
            let wrong = try await lines(of: folder, code: code).filter { $0.level != "ok" }
            #expect(wrong.map(\.check) == [check] && wrong[0].message.contains(words) && wrong[0].advice != nil, "\(wrong)")
        }
    }

    private static let ways: [(String, Int32, String, String)] = [
        ("{}", 0, "supabase", "neither SUPABASE_URL nor SUPABASE_DB_URL is set"),
        ("{ url: \"https://abc.supabase.co\" }", 1, "settings", "supabase.service_role_key: SUPABASE_SERVICE_ROLE_KEY is not set"),
        ("{ service_role_key: sb_secret_x }", 1, "settings", "supabase.url: SUPABASE_URL is not set"),
        (
            "{ db_url: \"postgres://me@127.0.0.1:1/x\", write: false }", 0, "supabase",
            "supabase.write is false, in the settings file or through"
        ),
        ("{ url: \"http://127.0.0.1:1\", service_role_key: sb_secret_x }", 1, "supabase.reachable", "unreachable"),
        ("{ db_url: \"postgres://me@127.0.0.1:1/x\" }", 1, "supabase.reachable", "unreachable"),
        ("{ db_url: bogus }", 1, "settings", "supabase.db_url: the URL does not begin with postgres://"),
    ]

    @Test("Settings that cannot be read are reported, one line per problem")
    func settings() async throws {
        try await GatewayFolder.with(settings: "{ server: { prot: 1 }, log: { level: loud } }") { folder in
            let lines = try await lines(of: folder, code: 1)
            #expect(lines.map(\.check) == ["settings.file", "settings", "settings"])
            #expect(lines[0].message.hasSuffix("/settings.yaml") && lines[1].message.contains("server.prot: unknown key"))
        }
    }

    @Test("Each wrong line of a file of secrets is reported, as JSON too")
    func secrets() async throws {
        try await GatewayFolder.with { folder in
            try folder.write("A='b\nC D\n", to: "secrets")
            let lines = try await lines(of: folder, code: 1, "--env-file", "secrets")
            #expect(lines.map(\.check) == ["settings", "settings"] && lines[0].message.contains("(secrets, line 1)"), "\(lines)")
        }
    }

    @Test("A file that is not a journal is reported, and everything else is examined all the same")
    func noJournal() async throws {
        try await GatewayFolder.with { folder in
            try folder.write("this is no database, however long it may be", to: "journal.sqlite")
            let lines = try await lines(of: folder, code: 1)
            #expect(lines.filter { $0.level == "fail" }.map(\.check) == ["journal.file"])
            #expect(lines.last?.check == "supabase")
        }
    }

    private func lines(of folder: GatewayFolder, code: Int32, _ options: String...) async throws -> [Line] {
        let arguments = ["doctor", "--json", "--integrity", "--config", "settings.yaml"] + options
        let outcome = try await BuiltProgram.run(arguments, in: folder.path)
        #expect(outcome.exitCode == code && outcome.errors.isEmpty, "\(outcome)")
        return try outcome.output.split(separator: "\n").map { text in
            let json = try JSON(parsing: Array(text.utf8))
            return Line(
                level: json["level"].string ?? "", check: json["check"].string ?? "", message: json["message"].string ?? "",
                advice: json["advice"].string)
        }
    }
}
