import Journal
import Messaging
import SwitchboardTesting
import Testing

/// Another process holds the journal's write lock for longer than a write waits for it.
@Suite("A lock held by another process")
struct LockHolderTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(lockTimeout: .milliseconds(20)) }

    @Test("Waiting writes are refused, and later ones are stored, whether or not the holder committed", arguments: [true, false])
    func afterwards(commits: Bool) async throws {
        for id in ["m-1", "m-2"] { try await rig.accept(.message(id)) }
        try await whileLocked(commits: commits) {
            let error = await error { try await rig.accept(.message("m-3")) }
            #expect(error?.code == .unavailable)
        }
        for id in ["m-4", "m-5", "m-6", "m-7"] {
            #expect(try await rig.accept(.message(id)) == Receipt(accepted: 1), "\(id)")
        }
        #expect(try await rig.accept(.message("m-3")) == Receipt(accepted: 1))
        #expect(try rig.rows("SELECT external_id FROM messages ORDER BY seq") == ["m-1", "m-2", "m-4", "m-5", "m-6", "m-7", "m-3"])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Each kind of write sees the file as it is after the lock")
    func kinds() async throws {
        let session = try await rig.start("+919876543210", customer: "103")
        try await rig.accept(.message("m-1"))
        try await whileLocked(commits: false) {
            #expect(await error { _ = try await rig.journal.end(session.token) }?.code == .unavailable)
            #expect(await error { _ = try await rig.start("+919812345678") }?.code == .unavailable)
            #expect(await error { try await rig.journal.advance("db", to: 1) }?.code == .unavailable)
        }
        #expect(try await rig.start("+919876543210").id == session.id)
        try await rig.accept(.message("m-2", from: .phone("919812345678")))
        #expect(try await rig.journal.end(session.token)?.id == session.id)
        try await rig.journal.advance("db", to: 1)
        #expect(try await rig.journal.reader.check().problems == [])
    }

    private func whileLocked(commits: Bool, _ body: () async throws -> Void) async throws {
        let holder = try OtherProcess(rig.path)
        try holder.execute("BEGIN IMMEDIATE; UPDATE contacts SET display_name = 'somebody'")
        try await body()
        try holder.execute(commits ? "COMMIT" : "ROLLBACK")
        try holder.close()
    }
}

/// Only an equal item key makes an item a duplicate. Any other conflict with a row is an error.
@Suite("Conflicts that are not duplicates")
struct ConflictTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test(
        "An item whose number is already used is refused",
        arguments: [
            ("messages", Event.message("m-2")), ("message_statuses", .status("read", of: "m-1")), ("events", .activity("x", "e-2")),
            ("dead_letters", .unreadable("{}")),
        ])
    func number(_ table: String, _ event: Event) async throws {
        try await rig.accept(.message("m-1"), .status("sent", of: "m-1"), .activity("x", "e-1"), .unreadable("[]"))
        // Another row takes the number just before the item is inserted.
        try rig.execute("CREATE TRIGGER taken BEFORE INSERT ON \(table) BEGIN UPDATE \(table) SET seq = new.seq; END")
        let error = await error { try await rig.accept(event) }
        #expect(error?.code == .rejected)
        try rig.execute("DROP TRIGGER taken")
        try await rig.accept(event)
        #expect(try rig.count(table) == 2)
        #expect(try await rig.journal.reader.check().problems == [])
    }
}
