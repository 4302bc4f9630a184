import Foundation
import SwitchboardTesting
import Testing

@testable import Files

@Suite("Files that the gateway keeps for itself")
struct GatewayFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func bytes(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func status(_ path: String) -> stat {
        var status = stat()
        _ = unsafe stat(path, &status)
        return status
    }

    @Test("A new file is readable only by its owner, and no temporary file is left beside it")
    func permissions() throws {
        let path = "\(folder.path)/a/b/file"
        try GatewayFile.makeFolder(GatewayFile.folder(of: path))
        try GatewayFile.makeFolder(GatewayFile.folder(of: path))
        try GatewayFile.writeNew(Array("first".utf8), to: path)
        #expect(throws: SystemError(code: EEXIST)) { try GatewayFile.writeNew(Array("second".utf8), to: path) }
        #expect(try bytes(path) == "first")
        try GatewayFile.write(Array("third".utf8), to: path)
        #expect(try bytes(path) == "third")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/a/b") == ["file"])
        #expect(status(path).st_mode & 0o777 == 0o600)
        for made in ["a", "a/b"] { #expect(status("\(folder.path)/\(made)").st_mode & 0o777 == 0o700) }
    }

    @Test(
        "Root writes to no file through a symbolic link, and learns whether a file has a second name",
        .enabled(if: geteuid() == 0, "root alone is careful"))
    func links() throws {
        for name in ["foreign", "own"] {
            try GatewayFile.writeNew([], to: "\(folder.path)/\(name)")
            try #require(chmod("\(folder.path)/\(name)", 0o644) == 0)
        }
        try #require(symlink("\(folder.path)/foreign", "\(folder.path)/link") == 0)
        for path in ["link", "own"] { try GatewayFile.makePrivate("\(folder.path)/\(path)") }
        #expect(status("\(folder.path)/foreign").st_mode & 0o777 == 0o644 && status("\(folder.path)/own").st_mode & 0o777 == 0o600)
        #expect(!GatewayFile.isLinkedElsewhere("\(folder.path)/foreign"))
        try #require(link("\(folder.path)/foreign", "\(folder.path)/second") == 0)
        for path in ["foreign", "second"] { #expect(GatewayFile.isLinkedElsewhere("\(folder.path)/\(path)")) }
        #expect(throws: SystemError(code: ENOENT)) { try GatewayFile.makePrivate("\(folder.path)/none") }
    }

    @Test("If a folder cannot be created, the error has the system's reason")
    func noFolder() throws {
        try GatewayFile.writeNew([], to: "\(folder.path)/plain")
        for path in ["plain", "plain/inner"] {
            #expect(throws: SystemError(code: ENOTDIR)) { try GatewayFile.makeFolder("\(folder.path)/\(path)") }
        }
        #expect(SystemError(code: ENOTDIR).description == "Not a directory")
    }

    @Test(
        "Files and folders that root creates belong to the owner of the folder above",
        .enabled(if: geteuid() == 0, "only root gives files away"))
    func owner() throws {
        try #require(chown(folder.path, 4711, 4712) == 0)
        try GatewayFile.makeFolder("\(folder.path)/a/b")
        try GatewayFile.writeNew([], to: "\(folder.path)/a/b/new")
        try GatewayFile.write([], to: "\(folder.path)/written")
        close(try GatewayFile.create("\(folder.path)/created"))
        for path in ["a", "a/b", "a/b/new", "written", "created"] {
            let status = status("\(folder.path)/\(path)")
            #expect(status.st_uid == 4711 && status.st_gid == 4712, "\(path)")
            #expect(!GatewayFile.isStray("\(folder.path)/\(path)"))
        }
        #expect(!GatewayFile.isPlanted("\(folder.path)/created"))
        try #require(chown("\(folder.path)/created", 0, 0) == 0)
        #expect(GatewayFile.isStray("\(folder.path)/created") && !GatewayFile.isStray("\(folder.path)/none"))
    }
}
