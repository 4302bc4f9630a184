import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("A blocked writer")
struct BlockedWriterTests {
    @Test("It is reported while it lasts and when it ends, probes answer meanwhile, and waiting deliveries are stored")
    func locked() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            try await withThrowingTaskGroup(of: Int.self) { group in
                try await folder.journal.whileLocked {
                    group.addTask { try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status }
                    try await waiting(for: "the log to tell of the writer") {
                        gateway.log.contains("the journal's writer is blocked") ? true : nil
                    }
                    let probe = try await client.get("/readyz")
                    #expect(probe.status == 503 && probe.json?["journal"]["writable"].bool == false)
                    #expect(try await metrics(client).contains("\nswitchboard_writer_blocked 1\n"))
                }
                // On a busy machine the lock may be held for longer than a write waits for it.
                let status = try await group.next()
                if status != 200 { #expect(status == 503) }
            }
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 200)
            try await waiting(for: "the log to say that it is over") {
                gateway.log.contains("the journal's writer was blocked and runs again") ? true : nil
            }
            let page = try await metrics(client)
            #expect(page.contains("\nswitchboard_writer_blocked 0\n") && !page.contains("\nswitchboard_writer_blocked_total 0\n"))
            #expect(try await client.get("/readyz").status == 200)
            #expect(!gateway.log.contains("9876543210"))
            #expect(try folder.journal.messageIDs() == ["wamid.1", "wamid.2"])
        }
    }

    private func metrics(_ client: GatewayClient) async throws -> String {
        String(decoding: try await client.get("/metrics").body, as: UTF8.self)
    }
}
