import Journal
import Messaging
import Testing

@Suite("Group commit")
struct GroupCommitTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("Of 64 copies of one delivery at once, one is stored and 63 are duplicates")
    func copies() async throws {
        let receipts = try await together((0..<64).map { _ in [Event.message("m-1"), .activity("screen.viewed", "a-1")] })
        #expect(receipts.map(\.accepted).sorted() == Array(repeating: 0, count: 63) + [2])
        #expect(receipts.map(\.duplicates).sorted() == [0] + Array(repeating: 2, count: 63))
        #expect(try rig.counts() == [1, 0, 1, 0, 1])
        #expect(try rig.count("sessions") == 1)
    }

    @Test("A thousand simultaneous deliveries of two hundred phones are all stored, in one session per phone")
    func phones() async throws {
        let deliveries = (0..<1000).map { number in [Event.message("m-\(number)", from: .phone("91987654\(1000 + number % 200)"))] }
        let receipts = try await together(deliveries)
        #expect(receipts.allSatisfy { $0.accepted == 1 && $0.duplicates == 0 })
        #expect(try rig.counts() == [1000, 0, 0, 0, 1000])
        #expect(
            try rig.rows("SELECT count(*), count(DISTINCT phone), count(DISTINCT session_token) FROM sessions WHERE status = 'active'")
                == ["200|200|200"])
        #expect(try rig.rows("SELECT min(n), max(n) FROM (SELECT count(*) n FROM messages GROUP BY session_id)") == ["5|5"])
    }

    @Test("Simultaneous starts and messages of one phone agree on one session")
    func startsAndMessages() async throws {
        let sessions = try await withThrowingTaskGroup(of: SessionID?.self) { group in
            for number in 0..<100 {
                group.addTask { [rig] in
                    if number % 2 == 0 { return try await rig.start("+919876543210", customer: "103").id }
                    try await rig.accept(.message("m-\(number)"))
                    return nil
                }
            }
            return try await group.reduce(into: Set<SessionID>()) { found, session in
                if let session { found.insert(session) }
            }
        }
        #expect(sessions.count == 1)
        #expect(try rig.rows("SELECT count(*), customer_id FROM sessions") == ["1|103"])
        #expect(try rig.rows("SELECT count(DISTINCT session_id), count(*) FROM messages") == ["1|50"])
    }

    @Test("Ids increase in the order in which rows were stored")
    func ids() async throws {
        _ = try await together((0..<200).map { [.message("m-\($0)")] })
        #expect(
            try rig.rows(
                "SELECT count(*) FROM (SELECT message_id, lag(message_id) OVER (ORDER BY rowid) before FROM messages) WHERE message_id <= before"
            )
                == ["0"])
    }

    private func together(_ deliveries: [[Event]]) async throws -> [Receipt] {
        try await withThrowingTaskGroup(of: Receipt.self) { group in
            for events in deliveries {
                group.addTask { [rig] in try await rig.accept(rig.delivery(), events) }
            }
            return try await group.reduce(into: [Receipt]()) { $0.append($1) }
        }
    }
}
