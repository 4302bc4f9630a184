import Foundation
import GRDB
import Journal
import Logging
import Messaging
import SwitchboardTesting
import Testing

@Suite("The journal's files")
struct JournalFileTests {
    @Test("Only their owner may read them, in a folder that others may enter", arguments: [true, false])
    func permissions(isNew: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "journal.sqlite").path
        if !isNew { #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644])) }
        let journal = try Journal(.init(path: path), logger: Logger(label: "test"))
        _ = try await journal.start(StartRequest(phone: ReceivedPhone("+919876543210", region: "IN"), channel: .chat))
        for file in [path, "\(path)-wal", "\(path)-shm"] {
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600, "\(file)")
        }
        try journal.close()
    }

    @Test("A path that is not a regular file is left unchanged and refused, with its path", arguments: ["pipe", "folder"])
    func irregular(_ kind: String) throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        if kind == "pipe" {
            #expect(mkfifo(path, 0o644) == 0)
        } else {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        let error = #expect(throws: JournalError.self) { try Journal(.init(path: path), logger: .silent) }
        #expect(error?.code == .unusable)
        #expect(error?.reason == "\(path): is not a regular file")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode)
    }

    @Test("Another program's SQLite file is refused and not touched")
    func anotherProgram() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/other.sqlite"
        let other = try DatabaseQueue(path: path)
        try other.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE bookmarks (url TEXT)") }
        try other.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: JournalError.self) { try Journal(.init(path: path), logger: .silent) }
        #expect(error?.reason == "\(path): is another program's SQLite file")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test("A file whose first start ended before its tables were created is continued")
    func unfinishedStart() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        let unfinished = try DatabaseQueue(path: path)
        try await unfinished.writeWithoutTransaction { db in
            try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        }
        try unfinished.close()
        let journal = try Journal(.init(path: path), logger: .silent)
        #expect(try await journal.reader.check().problems == [])
        try journal.close()
    }

    @Test("An empty file is reported as one to a reader, and a start creates a journal in it")
    func empty() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/journal.sqlite"
        try Data().write(to: URL(fileURLWithPath: path))
        let read = #expect(throws: JournalError.self) { try JournalReader(path: path) }
        #expect(read?.code == .unusable && read?.reason.hasPrefix("\(path): is an empty file, not a journal") == true)
        let compaction = #expect(throws: JournalError.self) { try JournalCompaction(path: path) }
        #expect(compaction?.reason == read?.reason)
        try Journal(.init(path: path), logger: .silent).close()
        _ = try JournalReader(path: path)
    }

    @Test("Another program's file is not compacted")
    func compactionOfAnother() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/other.sqlite"
        let other = try DatabaseQueue(path: path)
        try other.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE notes (text TEXT)") }
        try other.close()
        let error = #expect(throws: JournalError.self) { try JournalCompaction(path: path) }
        #expect(error?.code == .unusable && error?.reason == "\(path): is another program's SQLite file")
    }

    @Test("A path below a file cannot be a journal, and the error names that file, for reading and writing")
    func belowFile() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/file"
        try Data().write(to: URL(fileURLWithPath: file))
        let path = "\(file)/deeper/journal.sqlite"
        let read = #expect(throws: JournalError.self) { try JournalReader(path: path) }
        let written = #expect(throws: JournalError.self) { try Journal(.init(path: path), logger: .silent) }
        for error in [read, written] {
            #expect(
                error?.code == .unusable && error?.reason.contains("\(file) is a file, not a folder") == true,
                "\(String(describing: error))")
        }
    }

    @Test("A journal written by a later version is refused with the reason, for writing and for reading")
    func laterVersion() throws {
        let rig = try TemporaryJournal()
        try rig.execute("INSERT INTO grdb_migrations (identifier) VALUES ('900 a later table')")
        let written = #expect(throws: JournalError.self) { try rig.reopened() }
        #expect(written?.code == .unusable)
        #expect(written?.reason.contains("was written by a later version (its tables are at “900 a later table”") == true)
        let read = #expect(throws: JournalError.self) { try JournalReader(path: rig.path) }
        #expect(read?.reason.contains("was written by a later version") == true)
    }

    @Test("A journal of an earlier version is not read until a start has upgraded it")
    func earlierVersion() throws {
        let rig = try TemporaryJournal()
        try rig.journal.close()
        try rig.execute(
            "DELETE FROM grdb_migrations WHERE identifier LIKE '003%'; DROP TABLE left_numbers; DROP TRIGGER dead_letters_renumbered; DROP TRIGGER dead_letters_removed"
        )
        let error = #expect(throws: JournalError.self) { try JournalReader(path: rig.path) }
        #expect(error?.reason.contains("was written by an earlier version") == true)
        _ = try rig.reopened()
        _ = try JournalReader(path: rig.path)
    }

    @Test("Only one gateway at a time can use a journal; verbs may write beside it")
    func claim() async throws {
        let gateway = try TemporaryJournal(access: .claimed)
        try await gateway.accept(.message("m-1"))
        let error = #expect(throws: JournalError.self) { try Journal(.init(path: gateway.path, access: .claimed), logger: .silent) }
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("another gateway is serving from this journal") == true)
        let verb = try Journal(.init(path: gateway.path), logger: .silent)
        try verb.close()
        try await gateway.accept(.message("m-2"))
        #expect(await gateway.journal.readiness().failure == nil)
        try gateway.journal.close()
        let next = try Journal(.init(path: gateway.path, access: .claimed), logger: .silent)
        try next.close()
    }

    @Test("A read-only journal answers queries beside its gateway, refuses every write, and is not ready")
    func readOnly() async throws {
        let gateway = try TemporaryJournal(access: .claimed)
        let session = try await gateway.start("+919876543210")
        let standby = try Journal(
            .init(path: gateway.path, minimumFreeSpace: 0, access: .readOnly), logger: .silent, now: gateway.clock.source)
        #expect(try await standby.reader.session(token: session.token)?.id == session.id)
        let refusal = await error { _ = try await standby.accept(gateway.delivery(), [.message("m-1")]) }
        #expect(refusal?.code == .unavailable)
        let readiness = await standby.readiness()
        #expect(readiness.isReadOnly && !readiness.isReady)
        #expect(await !gateway.journal.readiness().isReadOnly)
        try standby.close()
        try await gateway.accept(.message("m-1"))
        #expect(throws: JournalError.self) { try Journal(.init(path: gateway.path + ".none", access: .readOnly), logger: .silent) }
    }
}
