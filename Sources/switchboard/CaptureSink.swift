import Files
import Foundation
import Journal
import Messaging
import Replay

/// The target of an export. Nothing is created before the first capture, and an existing file is replaced only if the user asks for it.
///
/// A file gets its name when it is complete: an export that is killed leaves `NAME.partial`; one that fails leaves nothing.
final class CaptureSink {
    private let place: Place
    private let overwrites: Bool
    private var file: FileHandle?
    private var waiting = Data()
    /// The number of captures written.
    private var count = 0
    /// The number of captures whose file existed: with other content, or with the same.
    private var replaced = 0
    private var unchanged = 0

    private enum Place {
        /// Standard output, or a pipe or device given by its name.
        case stream(String)
        case file(String)
        case folder(String)
    }

    /// What is wrong with `-o`; nil if nothing is. A new folder must have no dot in its name, or a slash at its end: `day.txt` is more
    /// likely meant as a file of a kind that no export writes.
    static func fault(of output: String) -> String? {
        guard !output.isEmpty else { return "-o: the path is empty; name a folder, a .jsonl file, or - for standard output" }
        let isKnown = output == "-" || output.hasSuffix("/") || isFolder(output) || isStream(output) || isLines(output)
        let dot = URL(fileURLWithPath: output).pathExtension
        guard !isKnown, !dot.isEmpty || SmallFile.isNamed(output) else { return nil }
        return """
            -o: “\(output)” is neither a folder nor a .jsonl file; end the name of a new folder with a slash, or name a file such as captures.jsonl
            """
    }

    /// `output` is a folder, a `.jsonl` or `.ndjson` file, a pipe or device, or `-`. Throws if it cannot be written to.
    init(_ output: String, overwriting overwrites: Bool = false) throws(CaptureSinkError) {
        self.overwrites = overwrites
        if output == "-" {
            place = .stream(output)
            file = .standardOutput
        } else if CaptureSink.isStream(output) {
            place = .stream(output)
            guard let stream = FileHandle(forWritingAtPath: output) else { throw CaptureSink.failure(output) }
            file = stream
        } else if CaptureSink.isLines(output) {
            place = .file(output)
            guard overwrites || !SmallFile.isNamed(output) else { throw CaptureSink.taken(output) }
        } else {
            place = .folder(output.count > 1 && output.hasSuffix("/") ? String(output.dropLast()) : output)
            guard !SmallFile.isNamed(output) || CaptureSink.isFolder(output) else { throw CaptureSinkError(output, "this is not a folder") }
        }
    }

    func write(_ capture: Capture) throws(CaptureSinkError) {
        if case .folder(let folder) = place {
            try write(Data(capture.httpFile.fileBytes()), to: "\(folder)/\(capture.fileName)", in: folder)
        } else {
            waiting.append(contentsOf: capture.jsonLine())
            waiting.append(0x0A)
            if waiting.count > 1 << 20 { try flush() }
        }
        count += 1
    }

    /// Writes what is buffered, and gives the file its name.
    func close() throws(CaptureSinkError) {
        try flush()
        guard case .file(let path) = place, let file else { return }
        let draft = CaptureSink.draft(of: path)
        do { try file.synchronize() } catch { throw CaptureSink.failure(path, error) }
        if overwrites {
            replaced = SmallFile.isNamed(path) ? 1 : 0
            guard rename(draft, path) == 0 else { throw CaptureSink.failure(path) }
        } else {
            // Unlike `rename`, `link` does not replace a file that was created meanwhile.
            guard link(draft, path) == 0 else { throw errno == EEXIST ? CaptureSink.taken(path) : CaptureSink.failure(path) }
            unlink(draft)
        }
        self.file = nil
    }

    /// What was done, in one line.
    var report: String {
        let captures = "\(count) \(count == 1 ? "delivery" : "deliveries")"
        switch place {
        case .stream: return "\(captures) exported"
        case .file(let path): return "\(captures) exported to \(path)\(replaced > 0 ? ", which was replaced" : "")"
        case .folder(let folder):
            let written = count - replaced - unchanged
            let parts = [(written, "written"), (replaced, "replaced"), (unchanged, "left as they were, with the same content")]
                .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            return "\(captures) exported to \(folder): \(parts.joined(separator: ", "))"
        }
    }

    /// Removes the unfinished file, and leaves an existing file of the name unchanged.
    func giveUp() {
        guard case .file(let path) = place, file != nil else { return }
        unlink(CaptureSink.draft(of: path))
        file = nil
    }

    private func write(_ bytes: Data, to path: String, in folder: String) throws(CaptureSinkError) {
        if count == 0 {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw CaptureSink.failure(folder, error)
            }
        }
        if SmallFile.isNamed(path) {
            // The same capture again changes nothing.
            if FileManager.default.contents(atPath: path) == bytes {
                unchanged += 1
                return
            }
            guard overwrites else { throw CaptureSink.taken(path) }
            unlink(path)
            replaced += 1
        }
        let handle = try CaptureSink.create(path)
        do {
            try handle.write(contentsOf: bytes)
            try handle.close()
        } catch {
            unlink(path)
            throw CaptureSink.failure(path, error)
        }
    }

    private func flush() throws(CaptureSinkError) {
        guard !waiting.isEmpty else { return }
        if case .file(let path) = place, file == nil {
            // Removes a partial file that a killed export has left.
            unlink(CaptureSink.draft(of: path))
            file = try CaptureSink.create(CaptureSink.draft(of: path), as: path)
        }
        do { try file?.write(contentsOf: waiting) } catch { throw CaptureSink.failure(name, error) }
        waiting.removeAll(keepingCapacity: true)
    }

    private var name: String {
        switch place {
        case .stream(let path), .file(let path), .folder(let path): path
        }
    }

    private static func isStream(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && [S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func isLines(_ path: String) -> Bool { path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson") }

    private static func draft(of path: String) -> String { "\(path).partial" }

    /// Creates a new file that only its owner can access; a link of that name is not followed. Errors use `name`.
    private static func create(_ path: String, as name: String? = nil) throws(CaptureSinkError) -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(name ?? path) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func taken(_ path: String) -> CaptureSinkError {
        CaptureSinkError(path, "this file exists: name another one, or replace it with --overwrite")
    }

    private static func failure(_ path: String) -> CaptureSinkError { failure(path, SystemError(code: errno)) }

    private static func failure(_ path: String, _ error: any Error) -> CaptureSinkError {
        let cause = error as? SystemError ?? SystemError(error)
        return CaptureSinkError(path, "cannot be written: \(cause)", isForNow: [ENOSPC, EDQUOT, EIO].contains(cause.code))
    }
}

/// Why captures were not written.
struct CaptureSinkError: Error, CustomStringConvertible {
    /// The message, with the file or folder.
    let description: String
    /// Whether a later attempt may succeed.
    let isForNow: Bool

    fileprivate init(_ path: String, _ reason: String, isForNow: Bool = false) {
        description = "\(path): \(reason)"
        self.isForNow = isForNow
    }
}
