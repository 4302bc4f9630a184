import Files
import Foundation

/// A file that belongs to an operator, such as the settings, and that a verb changes: mode, owner and links stay as they are.
public struct EditedFile: Sendable {
    /// The file itself, if the path leads to it by links.
    let path: String

    public init(_ path: String) { self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    /// The text; empty if there is no file. Throws if it cannot be read.
    public func text() throws(SettingsError) -> String {
        guard SmallFile.isNamed(path) else { return "" }
        do throws(SmallFileError) { return String(decoding: try SmallFile(path).read(), as: UTF8.self) } catch {
            throw SettingsError(source: path, problems: [SettingsProblem(error, file: path)])
        }
    }

    /// Replaces the text at once, so that a reader finds the former or the new one. A new file can be read only by its owner.
    public func replace(by text: String) throws(SettingsError) {
        do throws(SystemError) { try write(Array(text.utf8)) } catch {
            throw SettingsError("", "\(path) cannot be written: \(error)")
        }
    }

    /// Removes the drafts of processes that were killed, since they have the former secrets. Nobody else may be changing the file.
    private func removeDrafts() {
        let (folder, start) = (GatewayFile.folder(of: path), "\(URL(fileURLWithPath: path).lastPathComponent).")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(start) {
            if UUID(uuidString: String(name.dropFirst(start.count))) != nil { unlink("\(folder)/\(name)") }
        }
    }

    private func write(_ bytes: [UInt8]) throws(SystemError) {
        removeDrafts()
        var status = stat()
        guard stat(path, &status) == 0 else { return try GatewayFile.writeNew(bytes, to: path) }
        let draft = "\(path).\(UUID().uuidString)"
        let file = FileHandle(fileDescriptor: try GatewayFile.create(draft), closeOnDealloc: true)
        do {
            try file.write(contentsOf: bytes)
            let (mode, descriptor) = (status.st_mode & 0o7777, file.fileDescriptor)
            guard fchown(descriptor, status.st_uid, status.st_gid) == 0, fchmod(descriptor, mode) == 0 else {
                throw SystemError(code: errno)
            }
            try file.synchronize()
            guard rename(draft, path) == 0 else { throw SystemError(code: errno) }
        } catch {
            unlink(draft)
            throw error as? SystemError ?? SystemError(error)
        }
    }
}
