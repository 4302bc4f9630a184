import Foundation
import Journal
import Messaging
import SwitchboardTesting
import Testing

/// A reader with one long transaction prevents the write-ahead log from being copied back, as a failing disk would.
@Suite("A write-ahead log that cannot be copied back")
struct LogTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal(maxLog: 1 << 20) }

    @Test("The log grows only to its limit; then writes are refused, and accepted again once the reader is gone")
    func bound() async throws {
        try await rig.accept(.message("m-0"))
        let reader = try OtherProcess(rig.path)
        try reader.execute("BEGIN; SELECT count(*) FROM messages")
        var acknowledged = 1
        var refusal: JournalError?
        while refusal == nil, acknowledged < 10_000 {
            let body = String(repeating: "x", count: 5000)
            refusal = await error { try await rig.accept(rig.delivery(body), [.message("m-\(acknowledged)")]) }
            acknowledged += refusal == nil ? 1 : 0
        }
        #expect(refusal?.code == .unavailable)
        #expect(refusal?.reason.contains("journal.max_log") == true)
        let readiness = await rig.journal.readiness()
        #expect(!readiness.isReady)
        #expect(readiness.logFailure?.contains("reading the journal in one transaction") == true)
        #expect(readiness.logFailures > 0)
        #expect((1_000_000..<2 << 20).contains(Int(readiness.logSize)))

        try reader.execute("COMMIT")
        try reader.close()
        #expect(try await rig.accept(.message("m-\(acknowledged)")) == Receipt(accepted: 1))
        try await rig.accept(.message("m-last"))
        let healed = await rig.journal.readiness()
        #expect(healed.isReady)
        #expect(healed.logFailure == nil)
        #expect(healed.logSize < 1 << 18)
        let size = try FileManager.default.attributesOfItem(atPath: "\(rig.path)-wal")[.size] as? Int
        #expect(size.map { $0 <= 1 << 19 } == true, "the log's file shrinks while the journal is open")
        #expect(try rig.count("messages") == acknowledged + 2)
        #expect(try await rig.journal.reader.check().problems == [])
    }
}
