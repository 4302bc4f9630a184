import Journal
import Logging
import Messaging
import SwitchboardTesting
import Testing
import WhatsAppCloud

@testable import Supabase

/// A gateway's journal and a database. Whenever something is stored, all of it is sent to the database.
final class CarriedJournal {
    let database: SchemaDatabase
    let file: JournalFile
    private let journal: Journal
    private let transport: DirectTransport
    private let folder: TemporaryFolder

    init(to database: SchemaDatabase) throws {
        self.database = database
        folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        file = JournalFile(path: path)
        let configuration = Journal.Configuration(path: path, adapters: [WhatsAppCloudAdapter.traits], minimumFreeSpace: 0)
        journal = try Journal(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        transport = try database.transport()
    }

    deinit {
        transport.shutdown()
        try? journal.close()
    }

    func take(_ delivery: Delivery, _ events: [Event]) async throws {
        _ = try await journal.accept(delivery, events)
        try await carry()
    }

    func take(_ event: Event) async throws {
        let delivery = Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/", headers: [], body: Array(event.externalID.utf8))
        try await take(delivery, [event])
    }

    /// Sends the whole outbox again.
    func carry() async throws {
        let items = try await journal.outbox(after: 0, limit: 10_000).items
        guard !items.isEmpty else { return }
        let batch = IngestBatch(id: "b", items: items, adapters: [WhatsAppCloudAdapter.traits])
        let answer = try #require(IngestAnswer(try await transport.call(.ingest, batch.argument, within: .seconds(60))))
        #expect(answer.confirms(batch.id, counts: batch.counts))
        try await journal.adopt(answer.rows)
    }
}
