import Foundation
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Readiness")
struct ReadinessTests {
    @Test("A journal on a disk with space is ready")
    func ready() async throws {
        let rig = try TemporaryJournal()
        let readiness = await rig.journal.readiness()
        #expect(readiness.isReady)
        #expect(readiness.failure == nil)
        #expect(readiness.freeSpace.map { $0 > 0 } == true)
    }

    @Test("A journal that requires more space than the disk has is not ready, although it is writable")
    func spaceIsLow() async throws {
        let rig = try TemporaryJournal(minimumFreeSpace: .max)
        let readiness = await rig.journal.readiness()
        #expect(!readiness.isReady)
        #expect(readiness.isSpaceLow)
        #expect(readiness.failure == nil)
    }

    @Test("A closed journal is not ready and reports it")
    func closed() async throws {
        let rig = try TemporaryJournal()
        try rig.journal.close()
        let readiness = await rig.journal.readiness()
        #expect(!readiness.isReady)
        #expect(readiness.failure?.contains("closed") == true)
    }

    @Test("The readiness check leaves nothing in the tables")
    func leavesNothing() async throws {
        let rig = try TemporaryJournal()
        for _ in 0..<3 { _ = await rig.journal.readiness() }
        #expect(try rig.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A file that is not a journal is refused with its name")
    func noJournal() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/notes.txt"
        try Data(String(repeating: "These are notes. ", count: 500).utf8).write(to: URL(filePath: path))
        let error = #expect(throws: JournalError.self) {
            try Journal(Journal.Configuration(path: path), logger: .silent)
        }
        #expect(error?.code == .unusable)
        #expect(error?.description.contains(path) == true)
    }

    @Test("A journal whose file does not exist cannot be opened for reading")
    func noFile() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: JournalError.self) { try JournalReader(path: "\(folder.path)/journal.sqlite") }
        #expect(error?.code == .unusable)
    }
}
