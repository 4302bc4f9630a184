import JSON
import Supabase
import SwitchboardTesting
import Testing

@Suite("The ranks of statuses in the database")
struct StatusRankTests {
    @Test(
        "The status with the highest rank counts, in whatever order they arrive; without ranks the latest one",
        arguments: [
            ([("sent", 10), ("read", 40), ("delivered", 30)], "read"), ([("read", 40), ("sent", 10)], "read"),
            ([("failed", 20), ("undelivered", 20)], "undelivered"), ([("sent", 10), ("brand-new", nil)], "sent"),
            ([("queued", 3), ("accepted", 1)], "queued"), ([("read", nil), ("sent", nil)], "sent"),
        ] as [([(String, Int?)], String)])
    func current(steps: [(String, Int?)], current: String) async throws {
        let database = try await SchemaDatabase.make()
        try await store(steps, in: database)
        #expect(try await database.rows("select status from message_status_current") == [current])
        #expect(
            try await database.rows("select status, rank from message_statuses order by occurred_at")
                == steps.map { "\($0)|\($1.map(String.init) ?? "-")" })
    }

    @Test("Existing rows get the ranks of the view's words, and running the migration again leaves later rows unchanged")
    func upgraded() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        let first = try #require(Migration.all.firstIndex { $0.name == "switchboard_status_rank" })
        // A database that stopped before this migration, with the functions of that time.
        for migration in Migration.all[..<first] { try await database.execute(migration.sql) }
        let words = ["sent", "delivered", "read", "played", "failed", "undelivered", "rejected", "deleted", "accepted"]
        try await store(words.map { ($0, nil) }, in: database)
        try await database.migrate()
        let ranks = zip(words, ["10", "30", "40", "50", "20", "20", "20", "60", "-"]).map { "\($0)|\($1)" }
        let stored = "select status, rank from message_statuses order by occurred_at"
        #expect(try await database.rows(stored) == ranks)
        try await store([("sent", nil)], of: "w2", in: database)
        try await database.migrate()
        #expect(try await database.rows(stored + ", external_id").filter { $0 == "sent|-" }.count == 1)
        #expect(try await database.rows("select status from message_status_current order by external_id") == ["deleted", "sent"])
    }

    /// Stores statuses, one per minute, as a gateway sends them: with the rank as text, or without a rank.
    private func store(_ steps: [(String, Int?)], of message: String = "w1", in database: SchemaDatabase) async throws {
        let rows = steps.enumerated().map { index, step in
            let rank = step.1.map { #","rank":"\#($0)""# } ?? ""
            return """
                {"provider":"whatsapp-cloud","account":"main","external_id":"\(message)","status":"\(step.0)"\(rank),\
                "occurred_at":"\(ContractRows.time(index))","received_at":"\(ContractRows.time(index))","item_key":"\(message) \(index)"}
                """
        }
        let answer = try await database.call(
            .ingest, #"{"version":1,"batch_id":"b","message_statuses":[\#(rows.joined(separator: ","))]}"#)
        #expect(answer["stored"]["message_statuses"].int == Int64(steps.count))
    }
}
