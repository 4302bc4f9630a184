import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("A full disk")
struct FullDiskTests {
    @Test("A delivery that cannot be stored is refused whole, acknowledged ones stay, and storing resumes when there is space")
    func full() async throws {
        try await GatewayFolder.with { folder in
            let limited = try await folder.start(fileLimit: 2048)
            let client = try GatewayClient(limited)
            var acknowledged: [String] = []
            var refused: [String] = []
            var refusal: IncomingResponse?
            // Until the disk is completely full: a small transaction may still fit where a large one does not.
            while refused.count < 5, acknowledged.count < 10_000 {
                let ids = (0..<3).map { "wamid.\(acknowledged.count).\(refused.count).\($0)" }
                let reply = try await client.deliver(delivery(of: ids))
                if reply.status == 200 { acknowledged += ids } else { refused += ids }
                if reply.status != 200 { refusal = reply }
            }
            #expect(refusal?.status == 503)
            #expect(refusal?.isProblem == true)
            #expect(refusal?.header("retry-after").flatMap { Int($0) } ?? 0 > 0)
            // The probe also writes, and may use up the last free bytes.
            let unready = try await waiting(for: "/readyz to be 503") {
                let reply = try await client.get("/readyz")
                return reply.status == 503 ? reply : nil
            }
            #expect(unready.json?["journal"]["writable"].bool == false)
            #expect(try await client.get("/healthz").status == 200)
            #expect(limited.isRunning)
            #expect(acknowledged.count >= 30)
            #expect(try folder.journal.messageIDs() == acknowledged.sorted())
            #expect(try folder.journal.halves() == [])
            #expect(limited.log.contains("a transaction of the journal failed"))
            #expect(!limited.log.contains("91987654") && !limited.log.contains("full full"))
            #expect(try await limited.terminate() == 0)

            let roomy = try GatewayClient(await folder.start())
            #expect(try await roomy.get("/readyz").status == 200)
            #expect(try folder.journal.messageIDs() == acknowledged.sorted())
            for first in stride(from: 0, to: refused.count, by: 3) {
                let reply = try await roomy.deliver(delivery(of: Array(refused[first..<first + 3])))
                #expect([reply.status, reply.accepted, reply.duplicates] == [200, 3, 0])
            }
            #expect(try folder.journal.messageIDs() == (acknowledged + refused).sorted())
            #expect(try folder.journal.integrity() == ["ok"])
            #expect(try folder.journal.halves() == [])
        }
    }

    @Test("The log never fills a small disk, since it is copied back before", .enabled(if: SmallDisk.canBeMade))
    func smallDisk() async throws {
        let settings = GatewayFolder.settings().replacing("path: journal.sqlite", with: "path: small/journal.sqlite")
        try await GatewayFolder.with(settings: settings.replacing("1MiB", with: "1KiB")) { folder in
            let gateway = try await folder.start(setup: SmallDisk.setup(megabytes: 6, at: "small"))
            let client = try GatewayClient(gateway)
            // Each message is a transaction, with about 40 KB in the log: 16 MB in total.
            for number in 0..<400 {
                let reply = try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"]))
                try #require(reply.status == 200, "message \(number): \(gateway.log)")
            }
            #expect(try await client.get("/readyz").status == 200)
        }
    }

    /// Three messages with a long text; each delivery is from another phone.
    private func delivery(of ids: [String]) -> String {
        let phone = "91987654\(1000 + ids[0].utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFFF)"
        return WhatsAppWebhook.texts(ids, from: phone, text: String(repeating: "full ", count: 200))
    }
}
