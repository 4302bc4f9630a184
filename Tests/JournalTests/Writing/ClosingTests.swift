import Foundation
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Closing")
struct ClosingTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("Writes that wait when the journal closes are either stored and acknowledged, or refused as closed")
    func waiting() async throws {
        let acknowledged = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<500 {
                group.addTask { [rig] in
                    let error = await error { try await rig.accept(.message("m-\(number)")) }
                    if let error, error.code != .closed { throw error }
                    return error == nil ? "m-\(number)" : nil
                }
            }
            group.addTask { [rig] in
                try rig.journal.close()
                return nil
            }
            return try await group.reduce(into: [String]()) { acknowledged, id in
                if let id { acknowledged.append(id) }
            }
        }
        #expect(try rig.rows("SELECT external_id FROM messages ORDER BY external_id") == acknowledged.sorted())
    }

    @Test("After closing every call fails as closed, and closing again has no effect")
    func closed() async throws {
        let session = try await rig.start("+919876543210")
        try rig.journal.close()
        try rig.journal.close()
        #expect(await error { try await rig.accept(.message("m-1")) }?.code == .closed)
        #expect(await error { try await rig.start("+919876543210") }?.code == .closed)
        #expect(await error { _ = try await rig.journal.end(session.token) }?.code == .closed)
        #expect(try rig.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A closed journal is a single file that contains everything")
    func oneFile() async throws {
        try await rig.accept(.message("m-1"))
        try rig.journal.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: URL(filePath: rig.path).deletingLastPathComponent().path)
        #expect(files.contains("journal.sqlite"))
        for file in files where file.hasSuffix("-wal") {
            let path = URL(filePath: rig.path).deletingLastPathComponent().appending(path: file).path
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int == 0)
        }
        #expect(try rig.counts() == [1, 0, 0, 0, 1])
    }

    @Test("A reopened journal has everything that it had")
    func reopened() async throws {
        let session = try await rig.start("+919876543210", customer: "103", metadata: #"{"a":1}"#)
        try await rig.accept(.message("m-1"), .status("read", of: "m-0"), .activity("screen.viewed", "a-1"), .unreadable("{}"))
        let tables = ["deliveries", "messages", "message_statuses", "events", "dead_letters", "contacts", "identities", "sessions"]
        let before = try tables.map { try rig.rows("SELECT * FROM \($0)") }
        let next = try rig.reopened()
        #expect(try tables.map { try next.rows("SELECT * FROM \($0)") } == before)
        let restored = try await next.start("+919876543210", customer: "103")
        #expect(restored.id == session.id && restored.token == session.token)
    }

    @Test("A journal that is open in another process can be read")
    func readers() async throws {
        let session = try await rig.start("+919876543210", customer: "103")
        let reader = try JournalReader(path: rig.path, now: rig.clock.source)
        #expect(try await reader.sessions(phone: "+919876543210", limit: 10) == [session])
        #expect(try await reader.sessions(phone: "+919812345678", limit: 10) == [])
        #expect(try await reader.session(session.id) == session)
        #expect(try await reader.session(token: session.token) == session)
    }
}
