import Foundation
import GRDB
import SwitchboardTesting
import Testing

@testable import SQLiteStore

@Suite("A file on its disk")
struct StoreFileTests {
    private let folder: TemporaryFolder
    private let files = FileManager.default

    init() throws { folder = try TemporaryFolder() }

    private func mode(_ path: String) throws -> Int? { try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int }

    @Test("A file and its folder are created for their owner only, and a file that others may read is closed to them")
    func permissions() throws {
        let path = "\(folder.path)/made/file.sqlite"
        try StoreFile.prepare(path) { _ in }
        #expect(try mode(path) == 0o600 && mode("\(folder.path)/made") == 0o700)
        let open = "\(folder.path)/open.sqlite"
        for suffix in ["", "-wal"] {
            #expect(files.createFile(atPath: open + suffix, contents: nil, attributes: [.posixPermissions: 0o644]))
        }
        try StoreFile.prepare(open) { _ in }
        #expect(try mode(open) == 0o600 && mode("\(open)-wal") == 0o600)
    }

    @Test("Root opens no file if one beside it has a second name", .enabled(if: geteuid() == 0, "root alone is careful"))
    func linked() throws {
        let path = "\(folder.path)/file.sqlite"
        try StoreFile.prepare(path) { _ in }
        for suffix in ["-wal", "-shm", "-journal"] {
            let foreign = "\(folder.path)/foreign\(suffix)"
            #expect(files.createFile(atPath: foreign, contents: nil, attributes: [.posixPermissions: 0o666]))
            try files.linkItem(atPath: foreign, toPath: path + suffix)
            let refusal = #expect(throws: StoreError.self) { try StoreFile.prepare(path) { _ in } }
            #expect(refusal?.reason.contains("\(path)\(suffix) has a second name") == true)
            #expect(try mode(foreign) == 0o666)
            try files.removeItem(atPath: path + suffix)
        }
        try StoreFile.prepare(path) { _ in }
    }

    @Test("A file that is not recognised is left unchanged")
    func unknown() throws {
        let path = "\(folder.path)/other.sqlite"
        let other = try DatabaseQueue(path: path)
        try other.writeWithoutTransaction { try $0.execute(sql: "CREATE TABLE bookmarks (url TEXT)") }
        try other.close()
        try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let bytes = files.contents(atPath: path)
        #expect(throws: Refusal.self) { try StoreFile.prepare(path) { _ in throw Refusal() } }
        #expect(try mode(path) == 0o644)
        #expect(files.contents(atPath: path) == bytes)
    }

    @Test("A file that was removed is not created again beside its write-ahead log")
    func removed() async throws {
        let store = try TemporaryStore(in: folder)
        try await store.write(1)
        try files.removeItem(atPath: store.path)
        let log = files.contents(atPath: "\(store.path)-wal")
        #expect(log?.isEmpty == false)
        let error = #expect(throws: StoreError.self) { try StoreFile.prepare(store.path) { _ in } }
        #expect(error?.code == .unusable && error?.message.contains("\(store.path)-wal, is still there") == true)
        #expect(files.contents(atPath: "\(store.path)-wal") == log && !files.fileExists(atPath: store.path))
        try files.removeItem(atPath: "\(store.path)-wal")
        try StoreFile.prepare(store.path) { _ in }
    }

    @Test("A file that this user may not open is refused with a reason", .enabled(if: geteuid() != 0, "everything is open to root"))
    func closed() throws {
        let path = "\(folder.path)/closed.sqlite"
        try StoreFile.prepare(path) { _ in }
        try files.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        let error = #expect(throws: StoreError.self) { try StoreFile.prepare(path) { _ in } }
        #expect(error?.message == "this user may not read and write it (Permission denied): see its owner and mode")
    }

    @Test("A path that is not a regular file, or has no folder, is refused")
    func irregular() throws {
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o644) == 0)
        let error = #expect(throws: StoreError.self) { try StoreFile.prepare(pipe) { _ in } }
        #expect(error?.code == .unusable && error?.message == "is not a regular file")
        #expect(files.createFile(atPath: "\(folder.path)/plain", contents: nil))
        let nowhere = #expect(throws: StoreError.self) { try StoreFile.prepare("\(folder.path)/plain/file.sqlite") { _ in } }
        #expect(nowhere?.message == "\(folder.path)/plain is a file, not a folder, so there can be no file below it")
    }

    @Test("Only one process at a time claims the file, while it has the file open")
    func claim() async throws {
        let first = try TemporaryStore(in: folder)
        let error = #expect(throws: StoreError.self) { try TemporaryStore(in: folder) }
        #expect(error?.code == .claimed && error?.message == first.path)
        let unclaimed = try TemporaryStore(in: folder) { $0.isClaimed = false }
        try await unclaimed.write(1)
        try unclaimed.file.close()
        try first.file.close()
        let next = try TemporaryStore(in: folder)
        #expect(try next.ids() == [1])
    }

    @Test("A claim ends when the file is closed, even if a child process that is being started still has it open")
    func claimInChild() throws {
        let first = try TemporaryStore(in: folder)
        // Duplicates the open descriptors, as fork does.
        let inherited = try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
            .filter { (try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == first.path }.map { dup($0) }
        defer { for descriptor in inherited { close(descriptor) } }
        #expect(!inherited.isEmpty)
        try first.file.close()
        #expect(throws: Never.self) { try TemporaryStore(in: folder) }
    }

    @Test("Whether the file is writable is checked without leaving a trace")
    func trial() async throws {
        let store = try TemporaryStore()
        try await StoreFile.tryToWrite(store.path)
        let tables = try StoreReader(path: store.path).readBlocking { db in
            try db.statement("SELECT name FROM sqlite_schema ORDER BY name").all { $0.string("name") }
        }
        #expect(tables == ["authors", "notes"])
        try Data(String(repeating: "These are notes. ", count: 100).utf8).write(to: URL(fileURLWithPath: "\(folder.path)/notes.txt"))
        await #expect(throws: SQLiteError.self) { try await StoreFile.tryToWrite("\(folder.path)/notes.txt") }
    }

    @Test("A file is rewritten only while no other process has it open, and is smaller afterwards")
    func compaction() async throws {
        let store = try TemporaryStore()
        for id in Int64(1)...100 { try await store.write(id, String(repeating: "x", count: 10_000)) }
        let error = await #expect(throws: StoreError.self) { try await StoreFile.compact(store.path) }
        #expect(error?.code == .inUse && error?.message == store.path)
        try await store.write(101)
        try store.file.close()
        try OtherProcess(store.path).execute("DELETE FROM notes WHERE id <= 100")
        let (before, after) = try await StoreFile.compact(store.path)
        #expect(after < before / 4)
        #expect(try store.ids() == [101])
        await #expect(throws: (any Error).self) { try await StoreFile.compact("\(folder.path)/missing/file.sqlite") }
    }

    @Test("A missing file is reported in the system's words")
    func absence() {
        #expect(StoreFile.absence(of: folder.path) == nil)
        #expect(StoreFile.absence(of: "\(folder.path)/missing") == ENOENT)
        #expect(StoreFile.words(ENOENT) == "No such file or directory")
    }

    @Test("The free space for a file is known before its folder exists")
    func space() {
        #expect(DiskSpace.free(at: "\(folder.path)/a/b/file.sqlite").map { $0 > 0 } == true)
        #expect(DiskSpace.nearestFolder(of: "\(folder.path)/a/b/file.sqlite") == folder.path)
    }
}
