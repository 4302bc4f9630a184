import Foundation
import Journal
import Logging
import Messaging
import Synchronization
import Testing

@Suite("Two contacts that turn out to be one person")
struct MergedContactsTests {
    private let phone = ReceivedPhone("+919876543210", region: "IN")
    private let userID = Identity(kind: "whatsapp_user_id", scope: "main", value: "IN.1")
    private let start = Instant(milliseconds: 1_795_370_400_000)

    @Test("The surviving session belongs to the customer that a client named")
    func customer() async throws {
        try await withJournal { journal, clock in
            try await journal.take("1", from: Party(identities: [userID]), at: start)
            clock.time.withLock { $0 = start.adding(.seconds(1)) }
            _ = try await journal.start(StartRequest(phone: phone, channel: .chat, customerID: "103"))
            try await journal.take("2", from: Party(phone: phone, identities: [userID]), at: start)
            let sessions = try await journal.reader.sessions(limit: 10)
            #expect(sessions.filter { $0.status == .active }.map(\.customerID) == ["103"])
            #expect(sessions.filter { $0.status == .merged }.count == 1)
        }
    }

    @Test("An overdue session is not revived, even if no sweep has marked it")
    func overdue() async throws {
        try await withJournal { journal, clock in
            try await journal.take("1", from: Party(identities: [userID]), at: start)
            let later = start.adding(.seconds(25 * 3600))
            clock.time.withLock { $0 = later }
            guard case .created(let live)? = try await journal.start(StartRequest(phone: phone, channel: .chat)) else {
                Issue.record("no session was opened")
                return
            }
            try await journal.take("2", from: Party(phone: phone, identities: [userID]), at: later)
            let sessions = try await journal.reader.sessions(limit: 10)
            #expect(sessions.filter { $0.status == .active }.map(\.id) == [live.id])
            #expect(sessions.filter { $0.status == .expired }.count == 1)
        }
    }

    /// Runs `body` with a journal in a temporary folder and a clock that stands still.
    private func withJournal(_ body: (Journal, Clock) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchboard-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let clock = Clock(start)
        let path = folder.appending(path: "journal.sqlite").path
        let journal = try Journal(.init(path: path), logger: Logger(label: "test")) { clock.time.withLock { $0 } }
        try await body(journal, clock)
        try journal.close()
    }
}

private final class Clock: Sendable {
    let time: Mutex<Instant>

    init(_ start: Instant) { time = Mutex(start) }
}

extension Journal {
    fileprivate func take(_ id: String, from party: Party, at now: Instant) async throws {
        let delivery = Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: now, target: "/webhooks/whatsapp-cloud/main", headers: [], body: [])
        let message = Message(type: .text, sender: nil, text: "Hello", content: "{}")
        let event = Event(externalID: id, channel: .whatsapp, party: party, occurredAt: now, effect: .moves, content: .message(message))
        #expect(try await accept(delivery, [event]) != .unknownToken)
    }
}
