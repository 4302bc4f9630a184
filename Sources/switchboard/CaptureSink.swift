import Foundation
import Journal
import Messaging
import Replay

/// Where an export goes. A file takes its name once it is whole: an export that is killed leaves `NAME.partial` behind.
final class CaptureSink {
    private let folder: String?
    private let file: FileHandle
    /// The name that the file takes in the end; nil where it has it already.
    private var target: String?
    private var waiting = Data()

    init(_ output: String) throws {
        if output == "-" {
            folder = nil
            file = .standardOutput
        } else if output.hasSuffix(".jsonl") || output.hasSuffix(".ndjson") {
            let path = "\(output).partial"
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
                let handle = FileHandle(forWritingAtPath: path)
            else { throw CaptureFileError(path: output, reason: "it cannot be written") }
            folder = nil
            file = handle
            target = output
        } else {
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            folder = output
            file = .nullDevice
        }
    }

    func write(_ capture: Capture) throws {
        if let folder {
            let path = "\(folder)/\(capture.fileName)"
            guard
                FileManager.default.createFile(
                    atPath: path, contents: Data(capture.httpFile.fileBytes()), attributes: [.posixPermissions: 0o600])
            else { throw CaptureFileError(path: path, reason: "it cannot be written") }
            return
        }
        waiting.append(contentsOf: capture.jsonLine())
        waiting.append(0x0A)
        if waiting.count > 1 << 20 { try flush() }
    }

    /// Writes what waits, and gives the file its name.
    func close() throws {
        try flush()
        guard let target else { return }
        try file.synchronize()
        guard rename("\(target).partial", target) == 0 else {
            throw CaptureFileError(path: target, reason: "it cannot be written: \(String(cString: strerror(errno)))")
        }
        self.target = nil
    }

    /// Leaves the name to whatever has it.
    func giveUp() {
        if let target { unlink("\(target).partial") }
    }

    private func flush() throws {
        try file.write(contentsOf: waiting)
        waiting.removeAll(keepingCapacity: true)
    }
}
