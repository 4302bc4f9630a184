import AdapterConformance
import JSON
import Messaging
import SwitchboardTesting
import Testing
import WhatsAppCloud

@Suite("Captured webhooks, sent to the database")
struct CapturedWebhookTests {
    @Test(
        "Everything from a captured webhook is the same in database and journal, and sending it again changes nothing",
        // A text that PostgreSQL cannot store unchanged has its own tests.
        arguments: try Fixture.all(of: "WhatsAppCloud").filter { $0.name != "text-with-nul" })
    func carried(fixture: Fixture) async throws {
        // An unreadable delivery has no items.
        guard let webhook = try? Webhook(fixture) else { return }
        let gateway = try CarriedJournal(to: await SchemaDatabase.makeCopy())
        for _ in 1...2 {
            try await gateway.take(webhook.delivery, webhook.events)
            try await expectSame(gateway, "\(fixture)")
        }
    }

    @Test(
        "A message completes its placeholder, or its copy from the history, in either order, in journal and database",
        arguments: [
            ("history", "history-media"), ("history-placeholder-of-the-business", "echo-of-a-placeholder"),
            ("unsupported-not-available", "text-that-was-not-available"), ("history", "text-after-its-history"),
        ], [false, true])
    func completed(names: (String, String), isReversed: Bool) async throws {
        let fixtures = try Fixture.all(of: "WhatsAppCloud")
        let webhooks = try [names.0, names.1].map { name in try Webhook(#require(fixtures.first { $0.name == name })) }
        let gateway = try CarriedJournal(to: await SchemaDatabase.makeCopy())
        for webhook in isReversed ? webhooks.reversed() : webhooks { try await gateway.take(webhook.delivery, webhook.events) }
        try await expectSame(gateway, "\(names)")
        for event in webhooks[1].events {
            guard case .message(let message) = event.content else { continue }
            let row = "\(message.type.rawValue)|\(event.effect == .moves ? "t" : "f")"
            let query = "select type, session_id is not null from messages where external_id = '\(event.externalID)'"
            #expect(try await gateway.database.rows(query) == [row])
        }
    }

    private func expectSame(_ gateway: CarriedJournal, _ what: String) async throws {
        for query in Self.queries {
            let ours = try gateway.file.rows(query.text).map(query.canonical).sorted()
            let theirs = try await gateway.database.rows(query.text).map(query.canonical).sorted()
            #expect(ours == theirs, "\(what), \(query.text)")
        }
    }

    private struct Webhook {
        let delivery: Delivery
        let events: [Event]

        init(_ fixture: Fixture) throws {
            let account = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret("app-secret")])
            var delivery = try fixture.delivery()
            // In the database, a session that was opened in 2026 could already have expired.
            delivery.receivedAt = .now
            self.delivery = delivery
            events = try WhatsAppCloudAdapter(account: account).events(in: delivery)
        }
    }

    /// A query of rows whose last column is JSON, or all of whose columns are text. It leaves out times and placeholder customers, which the
    /// two stores write differently.
    private struct Query {
        let text: String

        /// The row with its JSON in canonical form.
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
