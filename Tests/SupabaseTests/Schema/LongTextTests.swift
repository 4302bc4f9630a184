import AdapterConformance
import JSON
import Journal
import Logging
import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Texts that are too long for an index of the database")
struct LongTextTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Ten thousand random characters, which no compression shortens.
    private static func long() -> String {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
        return String((0..<10_000).compactMap { _ in letters.randomElement(using: &generator) })
    }

    @Test("Every text column in an index has bounded values or a short form")
    func columns() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let columns = try await database.rows(
            """
            select distinct t.relname || '.' || a.attname from pg_index i join pg_class t on t.oid = i.indrelid
            join pg_attribute a on a.attrelid = t.oid and a.attnum = any (i.indkey)
            where t.relnamespace = 'public'::regnamespace and a.atttypid = 'text'::regtype order by 1
            """)
        // Names from the program and the settings, digests, tokens of at most 256 bytes, and numbers in libphonenumber's format.
        let bounded: Set = [
            "contacts.phone", "dead_letters.fingerprint", "events.account", "events.provider", "identities.kind", "identities.scope",
            "message_statuses.account", "message_statuses.item_key", "message_statuses.provider", "messages.account", "messages.provider",
            "sessions.session_token",
        ]
        // Texts from outside: the next test covers each of these columns.
        let outside: Set = [
            "events.external_id", "events.type", "identities.value", "message_statuses.external_id", "messages.external_id",
        ]
        #expect(Set(columns) == bounded.union(outside))
    }

    @Test("A text from outside is stored whatever its length, found again, and kept in full in the row")
    func stored() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let (folder, transport) = (try TemporaryFolder(), try database.transport())
        defer { transport.shutdown() }
        let journal = try Journal(
            Journal.Configuration(path: "\(folder.path)/journal.sqlite", minimumFreeSpace: 0), logger: Self.silent)
        defer { try? journal.close() }
        let (id, type, value) = (Self.long(), Self.long(), Self.long())
        let delivery = Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/", headers: [], body: Array(id.utf8))
        let outcome = try await journal.accept(delivery, Self.events(id, type, value))
        #expect(outcome == .taken(try receipt(accepted: 4)))
        for _ in 0..<2 {
            let batch = IngestBatch(id: "b", items: try await journal.outbox(after: 0, limit: 100).items)
            let reply = try await transport.call(.ingest, batch.argument, within: .seconds(60))
            #expect(IngestAnswer(reply)?.confirms("b", counts: batch.counts) == true)
        }
        let forms = try JournalFile(path: "\(folder.path)/journal.sqlite").rows("SELECT external_id FROM messages")
        #expect(forms.allSatisfy { $0.utf8.count < 200 && $0.hasPrefix(String(id.prefix(100))) })
        #expect(
            try await database.rows("select external_id, context ->> 'external_id' = '\(id)', context ->> 'id' from messages")
                == forms.map { "\($0)|t|wamid.0" })
        #expect(
            try await database.rows("select external_id, detail ->> 'external_id' = '\(id)' from message_statuses")
                == forms.map { "\($0)|t" })
        #expect(
            try await database.rows(
                "select external_id, data ->> 'external_id' = '\(id)', left(type, 100) = '\(type.prefix(100))' from events order by kind")
                == Array(repeating: "\(forms.first ?? "")|t|t", count: 2))
        #expect(
            try await database.rows("select left(value, 100) = '\(value.prefix(100))', contact_id is not null from identities") == ["t|t"])
        #expect(try await journal.accept(delivery, Self.events(id, type, value)) == .taken(try receipt(duplicates: 4)))
    }

    private func receipt(accepted: Int = 0, duplicates: Int = 0) throws -> Receipt {
        var receipt = Receipt()
        receipt.accepted = accepted
        receipt.duplicates = duplicates
        return receipt
    }

    private static func events(_ id: String, _ type: String, _ value: String) -> [Event] {
        let party = Party(identities: [Identity(kind: "whatsapp_user_id", scope: "main", value: value)])
        let message = Message(type: .text, sender: value, text: "Hello", content: "{}", context: #"{"id":"wamid.0"}"#)
        func event(_ effect: SessionEffect, _ content: Event.Content) -> Event {
            Event(externalID: id, channel: .whatsapp, line: Line(value), party: party, effect: effect, content: content)
        }
        return [
            event(.moves, .message(message)), event(.none, .status(MessageStatus(status: type, recipient: value))),
            event(.moves, .activity(type: type, data: "{}")), event(.none, .notice(type: type + "n", data: #"{"a":1}"#)),
        ]
    }
}
