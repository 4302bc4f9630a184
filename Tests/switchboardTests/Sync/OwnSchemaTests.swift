import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("A gateway with its tables in a schema of their own")
struct OwnSchemaTests {
    /// Tables that a team already has in `public`.
    private static let project = """
        create table contacts (id bigint primary key, email text not null);
        create table messages (id bigserial primary key, body text not null);
        create table sessions (id varchar(255) primary key, payload text not null, last_activity int not null);
        insert into contacts values (1, 'asha@example.com');
        insert into sessions values ('abc', 'their own', 7);
        """

    @Test(
        "A conversation is stored there, doctor has no findings, and a project's own tables of the same names stay",
        arguments: SharedDatabase.Way.allCases)
    func beside(way: SharedDatabase.Way) async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        try await database.execute(Self.project)
        try await database.settings(by: way, in: "acme") { section in
            try await GatewayFolder.with(settings: GatewayFolder.settings(extra: section)) { folder in
                let migrated = try await folder.run("migrate", "--db-url", database.url)
                #expect(migrated.exitCode == 0 && migrated.output.hasSuffix("?schema=acme is up to date\n"), "\(migrated)")
                let gateway = try await folder.start()
                let client = try GatewayClient(gateway)
                let asha = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":103}"#)
                #expect(asha.status == 201 && asha.json?["persisted"].bool == true, "\(asha.text)")
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
                try await client.drained()
                #expect(
                    try await database.rows("select phone, customer_id, session_token, status from acme.sessions")
                        == [["+919876543210", "103", asha.token, "active"]])
                #expect(
                    try await database.rows("select session_id, external_id, text from acme.messages") == [
                        [asha.sessionID, "wamid.1", "Hello"]
                    ])
                let again = try await client.start(#"{"phone":"+919876543210","channel":"kiosk"}"#)
                #expect(again.status == 200 && again.token == asha.token)
                let doctor = try await folder.run("doctor")
                #expect(doctor.exitCode == 0 && doctor.output.hasSuffix("\nall is well\n"), "\(doctor.output)")
                #expect(doctor.output.contains("?schema=acme"))
            }
        }
        #expect(try await database.rows("select id, email from contacts") == [["1", "asha@example.com"]])
        #expect(try await database.rows("select id, payload, last_activity from sessions") == [["abc", "their own", "7"]])
        #expect(try await database.rows("select count(*) from messages") == [["0"]])
    }

    @Test("While the API does not expose the schema, everything waits, with advice in the log, and nothing becomes a dead letter")
    func unexposed() async throws {
        let database = SharedDatabase(url: try await PostgresServer.makeDatabase())
        #expect(try await BuiltProgram.run(["migrate", "--db-url", database.url, "--schema", "acme"]).exitCode == 0)
        let settings = { (section: String) in GatewayFolder.settings(extra: section) }
        try await GatewayFolder.with { folder in
            try await database.settings(by: .rest, in: "acme", exposing: ["public", "graphql_public"]) { section in
                try folder.write(settings(section), to: "settings.yaml")
                let gateway = try await folder.start()
                let client = try GatewayClient(gateway)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1", "wamid.2"])).accepted == 2)
                try await waiting(for: "what to do") { gateway.log.contains("Exposed schemas") ? true : nil }
                #expect(gateway.log.contains("PGRST106: Invalid schema: acme"))
                #expect(try await client.sync().depth > 0)
                let doctor = try await folder.run("doctor", "--json")
                let failed = try doctor.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
                    .filter { $0["level"].string == "fail" }
                #expect(doctor.exitCode == 1 && failed.map { $0["check"].string } == ["supabase.schema"])
                #expect(failed.first?["advice"].string?.contains("PGRST_DB_SCHEMAS=public,acme") == true)
                try await gateway.terminate()
                #expect(try folder.journal.rows("SELECT * FROM dead_letters").isEmpty)
            }
            try await database.settings(by: .rest, in: "acme") { section in
                try folder.write(settings(section), to: "settings.yaml")
                try await GatewayClient(folder.start()).drained()
                #expect(try await database.rows("select external_id from acme.messages order by 1") == [["wamid.1"], ["wamid.2"]])
            }
        }
    }
}
