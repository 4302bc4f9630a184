import AdapterConformance
import JSON
import Journal
import Logging
import Messaging
import SwitchboardTesting
import Testing
import WhatsAppCloud

@testable import Supabase

@Suite("Captured webhooks, carried to the database")
struct CapturedWebhookTests {
    @Test(
        "Whatever a captured webhook brings is in the database as it is in the journal, and carried again it changes nothing",
        arguments: try Fixture.all(of: "WhatsAppCloud"))
    func carried(fixture: Fixture) async throws {
        let adapter = try WhatsAppCloudAdapter(account: Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret("app-secret")]))
        var delivery = try fixture.delivery()
        // A session that was opened in the past would be over in the database.
        delivery.receivedAt = .now
        // Of what cannot be read there are no items.
        guard let events = try? adapter.events(in: delivery) else { return }
        let database = try await SchemaDatabase.makeCopy()
        let transport = try database.transport()
        defer { transport.shutdown() }
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        let traits = [WhatsAppCloudAdapter.traits]
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let journal = try Journal(Journal.Configuration(path: path, adapters: traits, minimumFreeSpace: 0), logger: silent)
        defer { try? journal.close() }
        for round in 1...2 {
            _ = try await journal.accept(delivery, events)
            let items = try await journal.outbox(after: 0, limit: 10_000).items
            if !items.isEmpty {
                let batch = IngestBatch(id: "\(round)", items: items, adapters: traits)
                let reply = try await transport.call(.ingest, batch.argument, within: .seconds(60))
                let answer = try #require(IngestAnswer(reply), "\(fixture)")
                #expect(answer.confirms(batch.id, counts: batch.counts), "\(fixture)")
                try await journal.adopt(answer.rows)
            }
            for query in Self.queries {
                let ours = try JournalFile(path: path).rows(query.text).map(query.canonical).sorted()
                let theirs = try await database.rows(query.text).map(query.canonical).sorted()
                #expect(ours == theirs, "\(fixture), \(query.text)")
            }
        }
    }

    /// Rows whose last column is JSON, or text in all of them. Times are told otherwise, and so is whose stand-in a customer is.
    private struct Query {
        let text: String

        /// The row with its JSON as everybody who says the same writes it.
        func canonical(_ row: String) -> String {
            guard let end = row.firstRange(of: Self.mark) else { return row }
            let json = (try? JSON(parsing: Array(row[end.upperBound...].utf8)))?.canonicalText()
            return row[..<end.lowerBound] + (json ?? "without JSON")
        }

        private static let mark = "|json|"
    }

    private static let queries = [
        "SELECT message_id, session_id, contact_id, line, external_id, channel, direction, sender, type, text, 'json', content FROM messages",
        "SELECT message_id, 'json', context FROM messages",
        "SELECT line, external_id, status, rank, recipient, 'json', errors FROM message_statuses",
        "SELECT external_id, status, recipient, 'json', detail FROM message_statuses",
        "SELECT event_id, session_id, contact_id, kind, type, line, external_id, 'json', data FROM events",
        "SELECT stage, reason, detail, delivery_id FROM dead_letters",
        "SELECT contact_id, phone, display_name FROM contacts WHERE merged_into IS NULL",
        "SELECT kind, scope, value, contact_id FROM identities",
        "SELECT session_id, contact_id, phone, channel, status FROM sessions",
    ].map { Query(text: $0) }
}
