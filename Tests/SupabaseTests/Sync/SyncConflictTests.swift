import JSON
import Journal
import Logging
import Messaging
import Relay
import SwitchboardTesting
import Synchronization
import Testing
import WhatsAppCloud

@testable import Supabase

@Suite("Calls that meet a row which another call has just stored")
struct SyncConflictTests {
    @Test("A conflict that is over at the next attempt is not the last error")
    func resolved() async throws {
        let health = try await health(after: 1) { $0.carried > 0 }
        #expect(health.lastFailure == nil && health.failedCalls == 0 && health.refused == 0)
    }

    @Test("A conflict that lasts makes a dead letter of the row, and is the last error")
    func lasting() async throws {
        let health = try await health(after: .max) { $0.refused > 0 }
        #expect(health.lastFailure?.reason.contains("23505") == true && health.failure == nil && health.failedCalls > 0)
    }

    /// The state of the sync as soon as it meets `isWanted`, if this many calls fail with a conflict.
    private func health(after conflicts: Int, _ isWanted: @escaping (SyncHealth.State) -> Bool) async throws -> SyncHealth.State {
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let folder = try TemporaryFolder()
        let journal = try Journal(
            Journal.Configuration(path: "\(folder.path)/journal.sqlite", adapters: [WhatsAppCloudAdapter.traits], minimumFreeSpace: 0),
            logger: silent)
        let event = Event(
            externalID: "wamid.1", channel: .whatsapp, party: Party(phone: ReceivedPhone("919876543210")), occurredAt: .now,
            effect: .moves, content: .message(Message(type: .text, sender: "919876543210", text: "Hello", content: "{}")))
        let delivery = Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/", headers: [], body: Array("{}".utf8))
        _ = try await journal.accept(delivery, [event])
        let health = SyncHealth()
        let sync = Sync(
            Sync.Configuration(target: "test"), journal: journal, transport: ConflictingDatabase(conflicts), health: health, logger: silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sync.run() }
            try await waiting(for: "the calls") { isWanted(health.current) ? true : nil }
            group.cancelAll()
        }
        try journal.close()
        return health.current
    }
}

/// Fails this many calls with a conflict, then stores everything.
private final class ConflictingDatabase: ContractTransport {
    private let conflicts: Mutex<Int>

    init(_ conflicts: Int) { self.conflicts = Mutex(conflicts) }

    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        let isConflict = conflicts.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        guard !isConflict, let batch = try? JSON(parsing: argument) else {
            throw CallFailure(
                .alreadyThere, code: "23505", message: #"duplicate key value violates unique constraint "contacts_pkey""#)
        }
        let counts = batch.members.filter { $0.value.kind == .array }.map { #""\#($0.key)":\#($0.value.count)"# }
        let stored = ["messages", "events", "message_statuses", "dead_letters"].map { #""\#($0)":0"# }
        return Array(
            """
            {"version":1,"batch_id":"\(batch["batch_id"].string ?? "")","received":{\(counts.joined(separator: ","))},\
            "stored":{\(stored.joined(separator: ","))}}
            """.utf8)
    }

    func shutdown() {}
}
