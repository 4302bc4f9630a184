import Foundation
import HTTPTransport
import SwitchboardTesting
import Testing

@Suite("A long outage of the database")
struct LongOutageTests {
    @Test("200,000 messages are stored meanwhile and arrive afterwards, in order per contact, while memory stays flat")
    func outage() async throws {
        let server = try await PostgresServer.start()
        let database = try await SharedDatabase.make(on: server)
        try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                try await server.kill9()
                var memory: [Int] = []
                for half in 0..<2 {
                    try await deliver(half * 1000..<(half + 1) * 1000, to: client)
                    memory.append(try gateway.residentKiB)
                }
                #expect(try await client.sync().depth >= 200_000)
                try await server.restart()
                try await client.drained(seconds: 600)
                memory.append(try gateway.residentKiB)
                // The calls of one contact follow each other, so the numbers of their transactions rise. The position of a row in the file
                // says nothing about the order.
                let unsorted = """
                    select count(*) from (
                      select min(external_id) as first, lag(max(external_id)) over (partition by contact_id order by xmin::text::bigint) as before
                      from messages group by contact_id, xmin::text::bigint) m
                    where first < before
                    """
                #expect(try await database.rows("select count(*), count(distinct external_id) from messages") == [["200000", "200000"]])
                #expect(try await database.rows(unsorted) == [["0"]])
                #expect(try folder.journal.rows("SELECT count(*) FROM dead_letters") == [["0"]])
                // A sanitizer does not reuse freed memory.
                guard ProcessInfo.processInfo.environment["SWITCHBOARD_SANITIZER"] == nil else { return }
                #expect(memory[1] < memory[0] + 65_536 && memory[2] < memory[1] + 65_536, "resident KiB: \(memory)")
            }
        }
        try await server.stop()
    }

    /// Delivers messages, 100 per delivery, each delivery from one of 100 phones. Each phone's ids rise.
    private func deliver(_ numbers: Range<Int>, to client: GatewayClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<4 {
                group.addTask {
                    for number in numbers where number % 4 == sender {
                        let ids = (0..<100).map { "wamid.\(1_000_000 + number * 100 + $0)" }
                        let reply = try await client.deliver(WhatsAppWebhook.texts(ids, from: "9198765\(10_000 + number % 100)"))
                        #expect(reply.accepted == 100)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

extension GatewayProcess {
    /// The resident memory of the process.
    fileprivate var residentKiB: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
            return status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.output.1) } ?? 0
        }
    }
}
