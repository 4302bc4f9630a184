import Files
import Foundation
import Messaging

/// Finds files of captures where people name files and folders.
public enum CaptureFiles {
    /// The files among `paths` as they are, and every `.http`, `.jsonl`, `.ndjson` and `.har` file in the folders, each folder's in name
    /// order. Throws the first path that is neither or has none.
    public static func find(in paths: [String]) throws(CaptureFileError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw unreadable(path) }
            files += isFolder.boolValue ? try captures(inFolder: path) : [path]
        }
        return files
    }

    /// A delivery is far smaller, whatever `server.max_body` allows.
    private static let mostBytes = 256 << 20

    /// Reads one file, or a pipe that somebody writes to.
    public static func read(_ path: String) throws(CaptureFileError) -> HTTPCapture {
        let contents: [UInt8]
        do throws(SmallFileError) { contents = try SmallFile(path, limit: mostBytes, awaitingPipe: .seconds(30)).read() } catch {
            throw error.isAbsence || isFolder(path) ? unreadable(path) : CaptureFileError(path: path, reason: "\(error)")
        }
        do throws(HTTPCaptureError) {
            return try HTTPCapture(parsing: contents)
        } catch {
            throw CaptureFileError(path: path, reason: error.description)
        }
    }

    /// Whether a path leads to a pipe, which gives its bytes once.
    static func isPipe(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    /// Whether a path leads to a folder.
    public static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Why nothing was read at a path.
    private static func unreadable(_ path: String) -> CaptureFileError {
        guard FileManager.default.fileExists(atPath: path) else {
            return CaptureFileError(path: path, reason: "there is no such file or folder")
        }
        return CaptureFileError(
            path: path, reason: isFolder(path) ? "this folder has no .http, .jsonl, .ndjson or .har file" : "cannot be read")
    }

    private static func captures(inFolder folder: String) throws(CaptureFileError) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let captures = names.filter { name in [".http", ".jsonl", ".ndjson", ".har"].contains { name.hasSuffix($0) } }.sorted()
        guard !captures.isEmpty else { throw unreadable(folder) }
        return captures.map { folder + (folder.hasSuffix("/") ? "" : "/") + $0 }
    }
}

/// A file that cannot be taken for a capture.
public struct CaptureFileError: Error, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    /// A path with what is wrong there.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}
