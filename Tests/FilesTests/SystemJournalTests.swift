import Files
import Foundation
import SwitchboardTesting
import Testing

@Suite("systemd's log behind a descriptor")
struct SystemJournalTests {
    @Test("It is recognized by the file that systemd names, and the name alone says nothing")
    func recognized() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/out"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        var status = stat()
        let result = unsafe stat(path, &status)
        #expect(result == 0)
        let (device, number) = (status.st_dev, status.st_ino)
        let isBehind = { SystemJournal.isBehind(file.fileDescriptor, environment: $0) }
        #expect(isBehind(["JOURNAL_STREAM": "\(device):\(number)"]))
        for environment in [[:], ["JOURNAL_STREAM": ""], ["JOURNAL_STREAM": "\(device):\(number + 1)"]] { #expect(!isBehind(environment)) }
    }
}
