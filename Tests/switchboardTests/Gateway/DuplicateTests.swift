import HTTPTransport
import Testing

@Suite("Repeated deliveries")
struct DuplicateTests {
    @Test("Of 64 simultaneous copies one is stored, and 63 are answered as duplicates")
    func copiesAtOnce() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let body = WhatsAppWebhook.texts(["wamid.copied"])
            let replies = try await withThrowingTaskGroup(of: IncomingResponse.self) { group in
                for _ in 1...64 { group.addTask { try await client.deliver(body) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.map(\.status) == Array(repeating: 200, count: 64))
            #expect(replies.map(\.accepted).reduce(0, +) == 1)
            #expect(replies.map(\.duplicates).reduce(0, +) == 63)
            #expect(try folder.journal.messageIDs() == ["wamid.copied"])
            #expect(try folder.journal.count("SELECT count(*) FROM deliveries") == 1)
            #expect(try folder.journal.count("SELECT count(*) FROM sessions") == 1)
            #expect(try folder.journal.halves() == [])
        }
    }
}
