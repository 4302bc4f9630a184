import Foundation
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Inspecting a journal")
struct JournalInspectionTests {
    @Test("A journal in use has no findings, and is not changed")
    func good() async throws {
        let rig = try TemporaryJournal()
        let before = try rig.counts()
        let seen = await JournalInspection.of(rig.path, target: "db", checksIntegrity: true)
        var expected = JournalInspection()
        expected.freeSpace = seen.freeSpace
        expected.damages = []
        expected.backlog = OutboxBacklog(depth: 0, oldest: nil)
        #expect(seen == expected && seen.freeSpace.map { $0 > 0 } == true)
        #expect(try rig.counts() == before)
    }

    @Test("A journal that does not exist yet needs a writable folder")
    func notThere() async throws {
        let seen = await JournalInspection.of("/tmp/none/\(UUID().uuidString)/journal.sqlite", target: nil, checksIntegrity: false)
        #expect(!seen.isThere && seen.writeFailure == nil && seen.readFailure == nil && seen.freeSpace != nil)
        let nowhere = await JournalInspection.of("/proc/none/journal.sqlite", target: nil, checksIntegrity: false)
        #expect(nowhere.writeFailure?.contains("/proc may not be written to") == true || geteuid() == 0)
    }

    @Test("A journal whose path is below a file can never be created")
    func belowFile() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/file"
        try Data().write(to: URL(fileURLWithPath: file))
        let seen = await JournalInspection.of("\(file)/journal.sqlite", target: nil, checksIntegrity: false)
        #expect(seen.readFailure == "\(file) is a file, not a folder, so there can be no file below it" && seen.rescue != nil)
    }

    @Test("An empty file does not count as an earlier version, and neither does another program's file")
    func empty() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(await JournalInspection.of(path, target: nil, checksIntegrity: false).schema == .empty)
        try JournalFile(path: path).execute("CREATE TABLE notes (text TEXT)")
        let other = await JournalInspection.of(path, target: nil, checksIntegrity: false)
        #expect(other.readFailure == "is another program's SQLite file")
    }

    @Test("A journal that was deleted while a gateway has it open is reported differently from one that does not exist yet")
    func removed() async throws {
        let rig = try TemporaryJournal()
        try FileManager.default.removeItem(atPath: rig.path)
        let seen = await JournalInspection.of(rig.path, target: nil, checksIntegrity: false)
        #expect(seen.readFailure?.contains("removed or moved") == true)
        #expect(seen.readFailure?.contains("a gateway may still have the file open") == true)
        #expect(seen.rescue?.contains("“A file that is gone”") == true)
        let verb = #expect(throws: JournalError.self) { try JournalReader(path: rig.path) }
        #expect(verb?.code == .unusable && verb?.reason.contains("“A file that is gone”") == true)
        let start = #expect(throws: JournalError.self) { try Journal(.init(path: rig.path), logger: .silent) }
        #expect(start?.reason.contains("“A file that is gone”") == true && start?.reason.contains("empty") == false)
    }

    @Test(
        "Root learns which files the folder's owner cannot open, and no file is created", .enabled(if: geteuid() == 0, "root alone is told")
    )
    func strays() async throws {
        let folder = try TemporaryFolder()
        try #require(chown(folder.path, 4711, 4712) == 0)
        let path = "\(folder.path)/journal.sqlite"
        let journal = try Journal(.init(path: path), logger: .silent)
        #expect(await JournalInspection.of(path, target: nil, checksIntegrity: false).ownership == JournalOwnership())
        try #require(chown(path, 0, 0) == 0)
        // The log's files may be strays too: when SQLite opens them as root, it gives them the journal's owner.
        #expect(await JournalInspection.of(path, target: nil, checksIntegrity: false).ownership.strays.first == path)
        try journal.close()
    }

    @Test(
        "A journal of another user in a folder that everybody can write to is reported, also if the folder is root's",
        .enabled(if: geteuid() == 0, "root alone can make a file another user's"))
    func planted() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        try Journal(.init(path: path), logger: .silent).close()
        try #require(chown(path, 4711, 4712) == 0)
        #expect(await JournalInspection.of(path, target: nil, checksIntegrity: false).ownership == JournalOwnership())
        try #require(chmod(folder.path, 0o777) == 0)
        #expect(await JournalInspection.of(path, target: nil, checksIntegrity: false).ownership.planted.first == path)
        try #require(chown(path, 0, 0) == 0)
        #expect(await JournalInspection.of(path, target: nil, checksIntegrity: false).ownership == JournalOwnership())
        // A symbolic link that belongs to another user leads to a file that belongs to root.
        try #require(rename(path, "\(folder.path)/other.sqlite") == 0)
        try #require(symlink("other.sqlite", path) == 0)
        try #require(lchown(path, 4711, 4712) == 0)
        #expect(JournalOwnership(of: path).planted == [path])
    }

    @Test("A file that is not a journal cannot be read, and is not changed")
    func noJournal() async throws {
        let path = "\(NSTemporaryDirectory())/\(UUID().uuidString).sqlite"
        let text = Data(String(repeating: "no database, however long ", count: 100).utf8)
        try text.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let seen = await JournalInspection.of(path, target: nil, checksIntegrity: true)
        #expect(seen.isThere && seen.readFailure?.contains("not a database") == true)
        #expect(FileManager.default.contents(atPath: path) == text)
    }
}
