import Files
import Foundation
import Messaging

/// Finds the files of captures that users name by files and folders.
public enum CaptureFiles {
    /// The files among `paths`, and all `.http`, `.jsonl`, `.ndjson` and `.har` files in the folders, in name order per folder. Throws for
    /// the first path that is neither, or a folder without such files.
    public static func find(in paths: [String]) throws(CaptureFileError) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw unreadable(path) }
            files += isFolder.boolValue ? try captures(inFolder: path) : [path]
        }
        return files
    }

    /// The size limit of a file. A delivery is far smaller, whatever `server.max_body` allows.
    private static let mostBytes = 256 << 20

    /// Reads one file, or a pipe with a writer.
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

    /// Whether a path leads to a pipe, which can only be read once.
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
        // The enumerator finds nothing behind a link.
        let real = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        let names = FileManager.default.enumerator(atPath: real)?.compactMap { $0 as? String } ?? []
        let captures = names.filter { name in [".http", ".jsonl", ".ndjson", ".har"].contains { name.hasSuffix($0) } }.sorted()
        guard !captures.isEmpty else { throw unreadable(folder) }
        return captures.map { folder + (folder.hasSuffix("/") ? "" : "/") + $0 }
    }
}

/// A file that is not a capture or cannot be read.
public struct CaptureFileError: Error, Equatable, CustomStringConvertible {
    public let path: String
    public let reason: String

    /// An error with its path.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}
