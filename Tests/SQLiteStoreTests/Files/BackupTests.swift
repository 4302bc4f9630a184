import Foundation
import SwitchboardTesting
import Testing

@testable import SQLiteStore

@Suite("Copies of a file")
struct BackupTests {
    private let files = FileManager.default

    @Test("A copy is complete, a single file, readable only by its owner, and writing continues meanwhile")
    func copy() async throws {
        let store = try TemporaryStore()
        for id in Int64(1)...50 { try await store.write(id) }
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/copy.sqlite"
        let reader = store.file.reader
        async let bytes = reader.backUp(to: path)
        for id in Int64(51)...100 { try await store.write(id) }
        #expect(try await bytes > 0)
        let ids = try store.ids(at: path)
        #expect(ids == Array(1...Int64(ids.count)) && (50...100).contains(ids.count))
        #expect(try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try files.contentsOfDirectory(atPath: folder.path) == ["copy.sqlite"])
    }

    @Test("A copy can also be made by a process that does not write the file")
    func reader() async throws {
        let store = try TemporaryStore()
        try await store.write(1)
        let path = "\(store.folder.path)/copy.sqlite"
        _ = try await StoreReader(path: store.path).backUp(to: path)
        #expect(try store.ids(at: path) == [1])
    }

    @Test("An existing file is left unchanged, and a folder that does not exist is an error with its path")
    func places() async throws {
        let store = try TemporaryStore()
        let path = "\(store.folder.path)/copy.sqlite"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        let reader = store.file.reader
        let taken = await #expect(throws: StoreError.self) { try await reader.backUp(to: path) }
        #expect(taken?.message == "\(path): the file exists already, and an existing file is not overwritten: name another one")
        #expect(files.contents(atPath: path) == Data("precious".utf8))
        let missing = "\(store.folder.path)/missing/copy.sqlite"
        let error = await #expect(throws: StoreError.self) { try await reader.backUp(to: missing) }
        #expect(error?.code == .unusable)
        #expect(error?.message == "\(missing): there is no folder \(store.folder.path)/missing")
    }

    @Test("A damaged file is not copied, and leaves nothing behind")
    func damaged() async throws {
        let store = try TemporaryStore()
        for id in Int64(1)...200 { try await store.write(id, String(repeating: "x", count: 1000)) }
        try store.file.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: store.path))
        try file.seek(toOffset: 5 * 4096)
        try file.write(contentsOf: Data(repeating: 0xFF, count: 4096))
        try file.close()
        let folder = try TemporaryFolder()
        let reader = try StoreReader(path: store.path)
        await #expect(throws: (any Error).self) { try await reader.backUp(to: "\(folder.path)/copy.sqlite") }
        #expect(try files.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test("A file gets its name when it is complete; if it is given up, nothing is left")
    func partial() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/copy.sqlite"
        do {
            let file = try PartialFile(path)
            #expect(!files.fileExists(atPath: path))
            #expect(files.fileExists(atPath: file.path))
        }
        #expect(try files.contentsOfDirectory(atPath: folder.path) == [])
        let file = try PartialFile(path)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreError.self) { try file.finish() }
        #expect(files.contents(atPath: path) == Data("precious".utf8))
        try files.removeItem(atPath: path)
        try Data("whole".utf8).write(to: URL(fileURLWithPath: file.path))
        try file.finish()
        #expect(files.contents(atPath: path) == Data("whole".utf8))
        #expect(try files.contentsOfDirectory(atPath: folder.path) == ["copy.sqlite"])
    }
}
