import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("Rows that reach the shared database")
struct PersistenceTests {
    @Test(
        "Two customers have two rows, with ids of type text, and a message is in its sender's session",
        arguments: SharedDatabase.Way.allCases)
    func twoCustomers(way: SharedDatabase.Way) async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: way) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                let asha = try await client.start(#"{"phone":"+919876543210","channel":"chat","customer_id":103}"#)
                let ravi = try await client.start(#"{"phone":"+919987654321","channel":"kiosk","customer_id":104}"#)
                #expect([asha, ravi].map(\.status) == [201, 201])
                #expect([asha, ravi].map { $0.json?["persisted"].bool } == [true, true])
                let before = try await database.rows("select last_activity from sessions order by customer_id")
                try #require(before.count == 2)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
                try await client.drained()
                #expect(
                    try await database.rows(
                        "select phone, channel, customer_id, pg_typeof(customer_id), session_token, status from sessions order by customer_id"
                    )
                        == [
                            ["+919876543210", "chat", "103", "text", asha.token, "active"],
                            ["+919987654321", "kiosk", "104", "text", ravi.token, "active"],
                        ])
                #expect(
                    try await database.rows("select session_id, external_id, text from messages") == [[asha.sessionID, "wamid.1", "Hello"]])
                let after = try await database.rows("select last_activity from sessions order by customer_id")
                #expect(after[0][0] > before[0][0] && after[1] == before[1])
            }
        }
    }

    @Test("Every kind of row arrives, and repeating the delivery changes nothing", arguments: SharedDatabase.Way.allCases)
    func everything(way: SharedDatabase.Way) async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: way) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                for _ in 1...2 {
                    _ = try await client.deliver(WhatsAppWebhook.texts(["wamid.1", "wamid.2"], text: #"A \u0000 and a \\ and “é”"#))
                    _ = try await client.deliver(WhatsAppWebhook.status("wamid.9"))
                    _ = try await client.deliver(
                        #"{"specversion":"1.0","id":"7","source":"lobby","type":"screen.viewed","data":{"phone":"+919876543210","screen":"cart"}}"#,
                        to: .kiosk)
                    _ = try await client.deliver(#"{"object":"whatsapp_business_account","entry":7}"#)
                }
                try await client.drained()
                let tables = ["contacts", "identities", "sessions", "messages", "message_statuses", "events", "dead_letters"]
                var counts: [String] = []
                for table in tables { counts.append(try await database.rows("select count(*) from \(table)")[0][0]) }
                #expect(counts == ["1", "2", "1", "2", "1", "1", "1"])
                #expect(try await database.rows("select distinct text from messages") == [["A \u{FFFD} and a \\ and “é”"]])
                #expect(
                    try await database.rows(
                        "select count(distinct session_id) from (select session_id from messages union all select session_id from events) x"
                    ) == [["1"]])
            }
        }
    }

    @Test("A record that the database always refuses becomes a dead letter, and its neighbours are stored")
    func poison() async throws {
        let database = try await SharedDatabase.make()
        _ = try await database.rows("alter table messages add constraint no_poison check (text <> 'poison')")
        try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                for number in 0..<20 {
                    let text = number == 7 ? "poison" : "Hello"
                    #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"], text: text)).status == 200)
                }
                try await client.drained()
                #expect(try await database.rows("select count(*) from messages") == [["19"]])
                let letters = try folder.journal.rows("SELECT stage, reason, record FROM dead_letters")
                #expect(
                    letters.count == 1 && letters[0][0] == "sync" && letters[0][1].contains("no_poison")
                        && letters[0][2].contains("wamid.7"))
                #expect(gateway.log.contains("23514") && !gateway.log.contains("919876543210"))
            }
        }
    }

    @Test("The metrics of a whole gateway follow Prometheus' conventions and count the rows that were sent")
    func metrics() async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1", "wamid.2"])).accepted == 2)
                #expect(try await client.start(#"{"phone":"+919876543210","channel":"chat"}"#).status == 200)
                try await client.drained()
                let page = try await client.get("/metrics").text
                for line in [
                    #"switchboard_webhooks_total{account="main",adapter="whatsapp-cloud",answer="accepted",status="200"} 1"#,
                    #"switchboard_items_stored_total{table="messages"} 2"#,
                    #"switchboard_database_calls_total{function="switchboard_start",result="answered"} 1"#,
                    #"switchboard_session_calls_total{call="start",status="200"} 1"#, "switchboard_sync_reachable 1",
                    "switchboard_sync_refused 0",
                ] { #expect(page.contains("\n\(line)\n")) }
                #expect(!page.contains(#"switchboard_database_calls_total{function="switchboard_ingest",result="answered"} 0"#))
                #expect(!page.contains("switchboard_sync_batch_rows_sum 0\n"))
                #expect(try await Promtool.complaints(about: page) == [])
            }
        }
    }

    @Test("A wrong key is reported once, the outbox is kept, and saving resumes when the key is fixed")
    func wrongKey() async throws {
        let database = try await SharedDatabase.make()
        try await PostgRESTServer.run(database: database.url) { server in
            let section = { (key: String) in "supabase: { url: \"\(server.url)\", service_role_key: \"\(key)\" }" }
            try await GatewayFolder.with(settings: GatewayFolder.settings(extra: section("eyJ.wrong.key"))) { folder in
                let gateway = try await folder.start()
                let client = try GatewayClient(gateway)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
                try await waiting(for: "the failure to be told") { gateway.log.contains("check the key") ? true : nil }
                #expect(try await client.sync().depth > 0)
                #expect(try await client.get("/metrics").text.contains("switchboard_sync_reachable 1\n"))
                #expect(try await client.get("/metrics").text.contains("switchboard_sync_refused 1\n"))
                #expect(try await client.sync().isRefused)
                try await gateway.terminate()
                try folder.write(GatewayFolder.settings(extra: section(PostgRESTServer.Keys.secret)), to: "settings.yaml")
                try await GatewayClient(folder.start()).drained()
                #expect(try await database.rows("select external_id from messages") == [["wamid.1"]])
            }
        }
    }

    @Test("Answers that fail, are cut off or are lost after the commit lose nothing and store nothing twice")
    func faults() async throws {
        let database = try await SharedDatabase.make()
        try await PostgRESTServer.run(database: database.url) { server in
            try await FaultyProxy.run(before: server.url) { proxy in
                let section = "supabase: { url: \"\(proxy.url)\", service_role_key: \"\(PostgRESTServer.Keys.legacy)\" }"
                try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                    let client = try GatewayClient(gateway)
                    for fault in FaultyProxy.Fault.testing {
                        proxy.next(fault)
                        let id = "wamid.\(proxy.requests.count)"
                        #expect(try await client.deliver(WhatsAppWebhook.texts([id])).status == 200)
                        try await client.drained()
                    }
                    #expect(
                        try await database.rows("select count(*), count(distinct external_id) from messages").map { $0[0] } == [
                            "\(FaultyProxy.Fault.testing.count)"
                        ])
                    #expect(try folder.journal.rows("SELECT * FROM dead_letters").isEmpty)
                    #expect(try await database.rows("select count(*) from sessions") == [["1"]])
                }
            }
        }
    }

    @Test(
        "The log says once whether persistence is enabled, and if not, by which setting",
        arguments: [
            ("{}", "neither SUPABASE_URL nor SUPABASE_DB_URL is set"),
            ("{ url: \"http://127.0.0.1:1\", write: false }", "supabase.write is false, in the settings file or through"),
            ("{ db_url: \"postgres://127.0.0.1:1/x\", write: false }", "supabase.write is false, in the settings file or through"),
            ("{ db_url: \"postgres://me:secret@127.0.0.1:1/x\" }", "127.0.0.1:1/x"),
        ])
    func announcement(section: String, words: String) async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: "supabase: \(section)")) { _, gateway in
            let lines = gateway.log.split(separator: "\n").filter { $0.contains("persistence to Supabase is") }
            #expect(lines.count == 1 && lines[0].contains(words) && !gateway.log.contains("secret"))
        }
    }
}
