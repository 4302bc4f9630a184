import Foundation
import Replay
import Testing

@Suite("Finding captures")
struct CaptureFilesTests {
    @Test("A folder gives its .http files in the order of their names, a file gives itself")
    func find() throws {
        try withFolder { folder in
            for name in ["b/2.http", "b/1.http", "a.http", "b/1.expected.json", "other.txt"] { try write("", to: "\(folder)/\(name)") }
            #expect(
                try CaptureFiles.find(in: ["\(folder)/other.txt", folder])
                    == ["other.txt", "a.http", "b/1.http", "b/2.http"].map { "\(folder)/\($0)" })
        }
    }

    @Test("A folder may be a symbolic link")
    func link() throws {
        try withFolder { folder in
            try write("", to: "\(folder)/captures/b/1.http")
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "captures")
            for path in ["\(folder)/link", "\(folder)/link/"] {
                #expect(try CaptureFiles.find(in: [path]) == ["\(folder)/link/b/1.http"])
            }
        }
    }

    @Test("A path that does not exist, and a folder without captures, are errors")
    func missing() throws {
        try withFolder { folder in
            #expect(throws: CaptureFileError.self) { try CaptureFiles.find(in: [folder]) }
            let error = #expect(throws: CaptureFileError.self) { try CaptureFiles.find(in: ["\(folder)/none.http"]) }
            #expect(error?.description == "\(folder)/none.http: there is no such file or folder")
        }
    }

    @Test("The error about a file that is not a capture has its line")
    func malformed() throws {
        try withFolder { folder in
            let path = "\(folder)/a.http"
            try write("POST /webhooks/a/b HTTP/1.1\nnothing\n\n", to: path)
            let error = #expect(throws: CaptureFileError.self) { try CaptureFiles.read(path) }
            #expect(error?.description == "\(path): line 2: expected a header, NAME: VALUE")
        }
    }

    private func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }
}
