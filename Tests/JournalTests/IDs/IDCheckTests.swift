import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("What a check reports about ids")
struct IDCheckTests {
    @Test(
        "Rows outside of their range, and ids that two rows have, are reported",
        arguments: [
            ("UPDATE id_ranges SET largest = smallest", "rows of messages are not found by their message_id: "),
            ("UPDATE id_ranges SET smallest = largest", "rows of deliveries are not found by their delivery_id: "),
            ("UPDATE id_ranges SET smallest = NULL, largest = NULL", "rows of events are not found by their event_id: "),
            ("DELETE FROM id_ranges WHERE first_seq < 9", "rows of messages are not found by their message_id: "),
            (
                "UPDATE messages SET message_id = (SELECT min(message_id) FROM messages) WHERE seq = (SELECT max(seq) FROM messages)",
                "1 rows of messages have the message_id of another row"
            ),
            (
                """
                UPDATE deliveries SET delivery_id = (SELECT max(delivery_id) FROM deliveries)
                WHERE last_seq = (SELECT min(last_seq) FROM deliveries)
                """,
                "1 rows of deliveries have the delivery_id of another row"
            ),
        ])
    func problems(_ damage: String, _ expected: String) async throws {
        let rig = try TemporaryJournal()
        try await rig.fill(0..<30)
        try rig.execute(damage)
        let problems = try await rig.journal.reader.check().problems
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test(
        "A compaction repairs ranges that somebody changed or deleted by SQL",
        arguments: [
            "UPDATE id_ranges SET largest = smallest", "UPDATE id_ranges SET smallest = NULL, largest = NULL",
            "DELETE FROM id_ranges WHERE rowid % 2 = 0", "DELETE FROM id_ranges WHERE first_seq < 9",
        ])
    func repaired(_ damage: String) async throws {
        let rig = try TemporaryJournal()
        try await rig.fill(0..<30)
        try rig.execute(damage)
        try rig.journal.close()
        _ = try await JournalCompaction(path: rig.path).run()
        let compacted = try rig.reopened()
        #expect(try await compacted.journal.reader.check().problems == [])
        try await compacted.requireFound()
        try await compacted.fill(30..<60)
        try await compacted.requireFound()
    }
}
