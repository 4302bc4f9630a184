import InMemoryTracing
import JSON
import Journal
import Logging
import Messaging
import Relay
import Spans
import SwitchboardTesting
import Testing
import Tracing
import WhatsAppCloud

@testable import Supabase

@Suite("Spans of the sync")
struct SyncSpanTests {
    @Test("A batch is a span with its rows and deliveries, around the call, and a root of its own")
    func batch() async throws {
        let tracer = InMemoryTracer()
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let folder = try TemporaryFolder()
        let journal = try Journal(
            Journal.Configuration(path: "\(folder.path)/journal.sqlite", adapters: [WhatsAppCloudAdapter.traits], minimumFreeSpace: 0),
            logger: silent)
        for number in 1...2 {
            let event = Event(
                externalID: "wamid.\(number)", channel: .whatsapp, party: Party(phone: ReceivedPhone("919876543210")), occurredAt: .now,
                effect: .moves, content: .message(Message(type: .text, sender: "919876543210", text: "Hello", content: "{}")))
            let delivery = Delivery(
                adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/", headers: [], body: Array("\(number)".utf8))
            _ = try await journal.accept(delivery, [event])
        }
        let spans = Spans(tracer)
        let sync = Sync(
            Sync.Configuration(target: "test"), journal: journal, transport: SpannedDatabase(spans: spans), health: SyncHealth(),
            logger: silent, spans: spans)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sync.run() }
            try await waiting(for: "the batch") { tracer.finishedSpans.contains { $0.operationName == "sync" } ? true : nil }
            group.cancelAll()
        }
        try journal.close()
        let batch = try #require(tracer.finishedSpans.first { $0.operationName == "sync" })
        #expect(batch.parentSpanID == nil)
        #expect(batch.attributes.get(SpanKey.deliveryCount) == .int64(2))
        #expect(batch.attributes.get(SpanKey.attempt) == .int64(1))
        #expect((batch.attributes.get(SpanKey.itemCount)).map { $0 != .int64(0) } == true)
        let call = try #require(tracer.finishedSpans.first { $0.operationName == "switchboard_ingest" })
        #expect(call.parentSpanID == batch.spanID)
        #expect(call.kind == .client)
        #expect(call.attributes.get(SpanKey.databaseSystem) == .string("postgresql"))
    }

    @Test("A failed call is recorded by its code, without a code that is not one")
    func failed() async throws {
        let tracer = InMemoryTracer()
        for code in ["57P01", "token-of-somebody"] {
            await #expect(throws: CallFailure.self) {
                try await CallSpan(Spans(tracer), .ingest).during { () async throws(CallFailure) in
                    throw CallFailure(.retry, status: 500, code: code, message: "a phone: +919876543210")
                }
            }
        }
        #expect(tracer.finishedSpans.map { $0.attributes.get(SpanKey.errorType) } == [.string("57P01"), .string("500")])
    }
}

/// Confirms each batch, within the span of a call.
private struct SpannedDatabase: ContractTransport {
    let spans: Spans

    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        try await CallSpan(spans, function).during { () async throws(CallFailure) in
            guard let batch = try? JSON(parsing: argument) else { throw CallFailure(.permanent, code: "malformed", message: "no JSON") }
            let counts = batch.members.filter { $0.value.kind == .array }.map { #""\#($0.key)":\#($0.value.count)"# }
            let stored = ["messages", "events", "message_statuses", "dead_letters"].map { #""\#($0)":0"# }
            return Array(
                """
                {"version":1,"batch_id":"\(batch["batch_id"].string ?? "")","received":{\(counts.joined(separator: ","))},\
                "stored":{\(stored.joined(separator: ","))}}
                """.utf8)
        }
    }

    func shutdown() {}
}
