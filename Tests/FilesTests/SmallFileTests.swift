import Foundation
import SwitchboardTesting
import Synchronization
import Testing

@testable import Files

@Suite("Small files")
struct SmallFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A file as long as the limit is read whole, a longer one is refused", arguments: [(0, true), (100_000, true), (100_001, false)])
    func limit(count: Int, isRead: Bool) throws {
        let path = "\(folder.path)/file"
        try Data(repeating: 7, count: count).write(to: URL(fileURLWithPath: path))
        let bytes = try? SmallFile(path, limit: 100_000).read()
        #expect(bytes == (isRead ? [UInt8](repeating: 7, count: count) : nil))
    }

    @Test("A path that is not a regular file is refused at once", arguments: ["/dev/zero", "/dev/random", "/tmp"])
    func notRegular(path: String) {
        for patience in [nil, Duration.seconds(60)] {
            #expect(throws: SmallFileError.notRegular) { try SmallFile(path, awaitingPipe: patience).read() }
        }
    }

    @Test("A pipe is refused at once if none is expected; otherwise it is given up after a notice if nobody writes to it")
    func silentPipe() throws {
        let path = "\(folder.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: SmallFileError.notRegular) { try SmallFile(path).read() }
        let notices = Mutex(0)
        let file = SmallFile(path, awaitingPipe: .milliseconds(20)) { notices.withLock { $0 += 1 } }
        let error = #expect(throws: SmallFileError.self) { try file.read() }
        #expect(error?.description == "is a pipe to which nothing was written within 0.02 seconds")
        #expect(notices.withLock { $0 } == 1)
    }

    @Test("A pipe with a writer is read to its end")
    func pipe() throws {
        let path = "\(folder.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        Thread {
            let file = FileHandle(forWritingAtPath: path)
            for _ in 0..<4 { try? file?.write(contentsOf: Data(repeating: 7, count: 100_000)) }
            try? file?.close()
        }.start()
        #expect(try SmallFile(path, awaitingPipe: .seconds(30)).read() == [UInt8](repeating: 7, count: 400_000))
    }

    @Test("A dangling link is reported as one, and not as a missing file")
    func danglingLink() throws {
        let path = "\(folder.path)/link"
        #expect(!SmallFile.isNamed(path))
        #expect(throws: SmallFileError(ENOENT)) { try SmallFile(path).read() }
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "none")
        #expect(SmallFile.isNamed(path))
        let error = #expect(throws: SmallFileError.self) { try SmallFile(path).read() }
        #expect(error?.isAbsence == false && error?.description == "is a symbolic link to none, which does not exist")
    }

    @Test("If a folder is a dangling link, the error for each file in it says so", arguments: ["", "/deeper"])
    func danglingFolder(below: String) throws {
        let link = "\(folder.path)/config"
        let path = "\(link)\(below)/file"
        #expect(SmallFile.brokenLink(on: path) == nil)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "none")
        #expect(SmallFile.brokenLink(on: path)?.link == link && SmallFile.brokenLink(on: path)?.target == "none")
        let error = #expect(throws: SmallFileError.self) { try SmallFile(path).read() }
        #expect(error?.description == "cannot be reached: \(link) is a symbolic link to none, which does not exist")
    }

    @Test("A file that this user may not read is reported differently from one that is missing", .enabled(if: geteuid() != 0))
    func forbidden() throws {
        let path = "\(folder.path)/closed"
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(chmod(path, 0) == 0)
        let error = #expect(throws: SmallFileError.self) { try SmallFile(path).read() }
        #expect(error?.isAbsence == false && error?.description.hasPrefix("may not be read by this user") == true)
    }

    @Test("/dev/null is an empty file")
    func null() throws { #expect(try SmallFile("/dev/null").read() == []) }

    @Test("A missing file is reported differently from one that cannot be read")
    func absent() throws {
        let error = #expect(throws: SmallFileError.self) { try SmallFile("\(folder.path)/none").read() }
        #expect(error?.isAbsence == true && error?.description == "there is no such file")
    }
}
