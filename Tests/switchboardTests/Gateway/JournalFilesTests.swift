import Foundation
import HTTPTransport
import JSON
import Testing

@Suite("The journal's files under a gateway")
struct JournalFilesTests {
    @Test("A second gateway on one journal is refused, and the first continues; verbs may write beside it")
    func second() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            let outcome = try await folder.run("serve", "--port", "0")
            #expect(outcome.exitCode == 75)
            #expect(outcome.errors.contains("journal.sqlite: another gateway is serving from this journal"), "\(outcome.errors)")
            let standby = try await folder.start(arguments: ["--read-only"])
            #expect(try await GatewayClient(standby).get("/healthz").status == 200)
            let readiness = try await GatewayClient(standby).get("/readyz")
            #expect(readiness.status == 503 && readiness.json?["read_only"].bool == true)
            #expect(try await client.get("/readyz").json?["read_only"].bool == false)
            #expect(try await GatewayClient(standby).get("/metrics").text.contains("switchboard_read_only 1\n"))
            #expect(try await GatewayClient(standby).deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 503)
            #expect(try await standby.terminate() == 0)
            let session = try #require(folder.journal.column("SELECT session_id FROM sessions").first)
            #expect(try await folder.run("sessions", "end", session).exitCode == 0)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).accepted == 1)
            try await gateway.kill9()
            let next = try GatewayClient(await folder.start())
            #expect(try await next.deliver(WhatsAppWebhook.texts(["wamid.1", "wamid.2"])).duplicates == 2)
        }
    }

    @Test("While its file is moved away nothing is acknowledged, and when it is back nothing is missing")
    func moved() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            let path = folder.journal.path
            try FileManager.default.moveItem(atPath: path, toPath: "\(path).away")
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 503)
            let readiness = try await client.getAsOperator("/readyz")
            #expect(readiness.status == 503)
            let shown = try await client.get("/readyz")
            #expect(shown.status == 503 && shown.json?["journal"]["writable"].bool == false && !shown.text.contains("moved"))
            #expect(readiness.json?["journal"]["failure"].string?.contains("was removed, moved or replaced") == true)
            #expect(gateway.log.contains("was removed, moved or replaced"))
            try FileManager.default.moveItem(atPath: "\(path).away", toPath: path)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).accepted == 1)
            #expect(try await client.get("/readyz").status == 200)
            #expect(try await gateway.terminate() == 0)
            #expect(try folder.journal.messageIDs() == ["wamid.1", "wamid.2"])
        }
    }

    @Test("While another process holds the lock for long, requests are refused, and no message is lost")
    func locked() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            for id in ["wamid.1", "wamid.2"] { #expect(try await client.deliver(WhatsAppWebhook.texts([id])).accepted == 1) }
            try await folder.journal.whileLocked {
                let refused = try await client.deliver(WhatsAppWebhook.texts(["wamid.3"]))
                #expect(refused.status == 503)
            }
            for id in ["wamid.3", "wamid.4", "wamid.5", "wamid.6"] {
                #expect(try await client.deliver(WhatsAppWebhook.texts([id])).accepted == 1, "\(id)")
            }
            let check = try await folder.run("journal", "check")
            #expect(check.exitCode == 0, "\(check.output)")
        }
    }
}
