import Foundation
import HTTPTransport
import SwitchboardTesting
import Testing

@Suite("A gateway that is asked to stop")
struct ShutdownTests {
    @Test("A request that is being read is finished, and new connections are refused", arguments: [SIGTERM, SIGINT])
    func inFlight(signal: Int32) async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let body = #"{"phone":"+919876543210","channel":"chat"}"#
            let connection = try RawConnection(to: gateway)
            connection.write(
                """
                POST /session/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r
                Authorization: Bearer \(GatewayFolder.Secrets.client)\r\n\r\n
                """ + body.prefix(10))
            // The answer on a second connection shows that the header on the first one has been read.
            let client = try GatewayClient(gateway)
            #expect(try await client.get("/healthz").status == 200)
            gateway.send(signal: signal)
            try await waiting(for: "new connections to be refused") { (try? RawConnection(to: gateway)) == nil ? () : nil }
            connection.write(String(body.dropFirst(10)))
            #expect(try await connection.readToEnd().contains("HTTP/1.1 201 Created\r\n"))
            #expect(try await gateway.exitCode() == 0)
        }
    }

    @Test("Under load every request is either answered 200 and stored, or not accepted", arguments: [SIGTERM, SIGINT])
    func underLoad(signal: Int32) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let senders = Senders("wamid.stop")
            await senders.run(16, to: try GatewayClient(gateway)) { count in
                if count == 200 { gateway.send(signal: signal) }
            }
            #expect(try await gateway.exitCode() == 0)
            let result = senders.result
            #expect(result.statuses == [])
            #expect(try folder.journal.messageIDs() == result.acknowledged.sorted())
            #expect(try folder.journal.halves() == [])
        }
    }

    @Test("The last log line says that it has stopped and by which signal", arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")])
    func lastLine(signal: Int32, name: String) async throws {
        try await GatewayFolder.withGateway { _, gateway in
            #expect(try await gateway.terminate(by: signal) == 0)
            let line = try #require(gateway.log.split(separator: "\n").last)
            #expect(line.contains("the gateway has stopped") && line.contains("\"signal\":\"\(name)\""), "\(gateway.log)")
            // Without a database there is nothing to wait for.
            #expect(!line.contains("sync.waiting_rows"), "\(line)")
        }
    }

    @Test("A second signal during the shutdown has no effect")
    func twice() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            gateway.send(signal: SIGTERM)
            let code = try await gateway.terminate(by: SIGTERM)
            #expect(code == 0)
        }
    }

    @Test("If the database is unavailable, it reports the number of waiting rows, and the next start sends them")
    func waitingRows() async throws {
        let section = "supabase: { db_url: \"postgres://me@127.0.0.1:1/x\" }"
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { _, gateway in
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.waits"])).status == 200)
            #expect(try await gateway.terminate() == 0)
            let line = try #require(gateway.log.split(separator: "\n").last)
            let rows = try #require(line.firstMatch(of: /"sync.waiting_rows":([0-9]+)[,}]/).flatMap { Int($0.output.1) })
            #expect(rows > 0 && line.contains("the next start sends them"), "\(line)")
        }
    }

    @Test("It leaves no write-ahead log: the journal is a single file")
    func oneFile() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.one-file"])).status == 200)
            #expect(try await gateway.terminate() == 0)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("journal") }
            #expect(left == ["journal.sqlite"])
        }
    }
}
