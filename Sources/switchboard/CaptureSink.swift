import Files
import Foundation
import Journal
import Messaging
import Replay

/// Where an export goes. Nothing is made before the first capture, and nothing that is there is replaced unless somebody asks for it.
///
/// A file takes its name once it is whole: an export that is killed leaves `NAME.partial` behind, any other leaves nothing.
final class CaptureSink {
    private let place: Place
    private let overwrites: Bool
    private var file: FileHandle?
    private var waiting = Data()
    /// How many captures were written.
    private(set) var count = 0

    private enum Place {
        /// Standard output, or a pipe or device by its name.
        case stream(String)
        case file(String)
        case folder(String)
    }

    /// `output` is a folder, a `.jsonl` or `.ndjson` file, a pipe or device, or `-`. Throws where it cannot be written to.
    init(_ output: String, overwriting overwrites: Bool = false) throws(CaptureSinkError) {
        self.overwrites = overwrites
        if output == "-" {
            place = .stream(output)
            file = .standardOutput
        } else if CaptureSink.isStream(output) {
            place = .stream(output)
            guard let stream = FileHandle(forWritingAtPath: output) else { throw CaptureSink.failure(output) }
            file = stream
        } else if output.hasSuffix(".jsonl") || output.hasSuffix(".ndjson") {
            place = .file(output)
            guard overwrites || !SmallFile.isNamed(output) else { throw CaptureSink.taken(output) }
        } else {
            place = .folder(output)
            var isFolder: ObjCBool = false
            guard !SmallFile.isNamed(output) || FileManager.default.fileExists(atPath: output, isDirectory: &isFolder) && isFolder.boolValue
            else { throw CaptureSinkError(output, "it is no folder, and no .jsonl file by its name") }
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

    /// Writes what waits, and gives the file its name.
    func close() throws(CaptureSinkError) {
        try flush()
        guard case .file(let path) = place, let file else { return }
        let draft = CaptureSink.draft(of: path)
        do { try file.synchronize() } catch { throw CaptureSink.failure(path, error) }
        if overwrites {
            guard rename(draft, path) == 0 else { throw CaptureSink.failure(path) }
        } else {
            // Unlike a new name by `rename` this one replaces nothing that came meanwhile.
            guard link(draft, path) == 0 else { throw errno == EEXIST ? CaptureSink.taken(path) : CaptureSink.failure(path) }
            unlink(draft)
        }
        self.file = nil
    }

    /// Leaves the name to whatever has it.
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
            // The same export again changes nothing.
            if FileManager.default.contents(atPath: path) == bytes { return }
            guard overwrites else { throw CaptureSink.taken(path) }
            unlink(path)
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
            // What a killed export left is nobody's.
            unlink(CaptureSink.draft(of: path))
            file = try CaptureSink.create(CaptureSink.draft(of: path))
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

    private static func draft(of path: String) -> String { "\(path).partial" }

    /// A new file, its owner's alone; a link of that name is not followed.
    private static func create(_ path: String) throws(CaptureSinkError) -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func taken(_ path: String) -> CaptureSinkError {
        CaptureSinkError(path, "there is a file already: name another, or replace it with --overwrite")
    }

    private static func failure(_ path: String) -> CaptureSinkError { failure(path, SystemError(code: errno)) }

    private static func failure(_ path: String, _ error: any Error) -> CaptureSinkError {
        let cause = error as? SystemError ?? SystemError(error)
        return CaptureSinkError(path, "it cannot be written: \(cause)", isForNow: [ENOSPC, EDQUOT, EIO].contains(cause.code))
    }
}

/// Why captures were not written.
struct CaptureSinkError: Error, CustomStringConvertible {
    /// Names the file or the folder.
    let description: String
    /// Whether the disk may take it later.
    let isForNow: Bool

    fileprivate init(_ path: String, _ reason: String, isForNow: Bool = false) {
        description = "\(path): \(reason)"
        self.isForNow = isForNow
    }
}
