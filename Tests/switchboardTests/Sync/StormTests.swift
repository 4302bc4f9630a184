import AdapterConformance
import HTTPTransport
import SwitchboardTesting
import Testing

@Suite("Two gateways in a storm of messages and outages")
struct StormTests {
    @Test(
        "Of 20,000 messages of 200 phones, a tenth of them twice, each acknowledged one is stored once, despite three outages"
    )
    func storm() async throws {
        let server = try await PostgresServer.start(isDurable: true)
        try await TwoGateways.with(by: .postgres, on: server) { pair in
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for sender in 0..<16 {
                    group.addTask {
                        var random = SeededGenerator(stream: sender)
                        for number in 0..<1250 {
                            let id = "wamid.\(sender).\(number)"
                            let phone = "9198765\(10_000 + Int.random(in: 0..<200, using: &random))"
                            let copies = Int.random(in: 0..<10, using: &random) == 0 ? 2 : 1
                            for _ in 0..<copies {
                                let client = Bool.random(using: &random) ? pair.one : pair.other
                                if try await client.deliver(WhatsAppWebhook.texts([id], from: phone)).status == 200 {
                                    tally.acknowledge(id)
                                }
                            }
                            tally.send()
                        }
                    }
                }
                group.addTask {
                    for deaths in 1...3 {
                        try await waiting(for: "messages to be sent", seconds: 1800) {
                            tally.sent >= deaths * 5000 ? true : nil
                        }
                        try await server.kill9()
                        try await server.restart()
                    }
                }
                try await group.waitForAll()
            }
            try await pair.drained()
            let ids = tally.acknowledged
            #expect(ids.count == 20_000)
            let stored = try await pair.database.rows("select external_id from messages").map { $0[0] }
            #expect(stored.count == 20_000 && Set(stored) == ids)
            #expect(
                try await pair.database.rows(
                    "select count(*), count(distinct phone), count(distinct contact_id) from sessions where status = 'active'") == [
                        ["200", "200", "200"]
                    ])
            #expect(try await pair.database.rows("select count(*) from contacts where merged_into is null") == [["200"]])
            for journal in [pair.oneJournal, pair.otherJournal] {
                #expect(try journal.rows("SELECT count(*) FROM dead_letters") == [["0"]])
                let active = try journal.rows("SELECT session_id FROM sessions WHERE status = 'active'").map { $0[0] }
                let shared = try await pair.database.rows("select session_id from sessions where status = 'active'").map { $0[0] }
                #expect(Set(active).isSubset(of: shared))
            }
        }
        try await server.stop()
    }
}
