import Foundation
import Testing

@testable import Files

@Suite("The lock of folders")
struct FolderLockTests {
    @Test("While one holds a folder's lock, another waits in vain; afterwards it gets it, and nothing is left in the folder")
    func excludes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (one, other) = ("\(folder.path)/a", "\(folder.path)/b")
        let error = #expect(throws: SystemError.self) {
            // Both files are in one folder, which is locked once.
            try FolderLock.holding(foldersOf: [one, other]) {
                try FolderLock.holding(foldersOf: [other], patience: .zero) { Issue.record("both hold the lock") }
            }
        }
        #expect(error?.code == EWOULDBLOCK)
        #expect(try FolderLock.holding(foldersOf: [other], patience: .zero) { 1 } == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("A folder that does not exist is an error of its own")
    func absent() {
        let error = #expect(throws: SystemError.self) { try FolderLock.holding(foldersOf: ["/nowhere/at/all/a"]) {} }
        #expect(error?.code == ENOENT)
    }
}
