import Foundation

/// A file that is written beside its place and takes its name once it is whole; given up, it is removed.
final class PartialFile {
    /// Where it is written meanwhile; readable by its owner alone.
    let path: String
    private let target: String

    /// Throws `unusable` where there is a file at `target` already, or none can be made beside it.
    init(_ target: String) throws(StoreError) {
        self.target = target
        let url = URL(fileURLWithPath: target)
        let name = ".\(url.lastPathComponent).\(UUID().uuidString).partial"
        path = url.deletingLastPathComponent().appending(path: name).path
        guard !FileManager.default.fileExists(atPath: target) else { throw Self.failure(target, EEXIST) }
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 || errno != ENOENT else {
            throw StoreError(.unusable, "\(target): there is no folder \(url.deletingLastPathComponent().path)")
        }
        guard descriptor >= 0 else { throw Self.failure(target, errno) }
        close(descriptor)
    }

    deinit { for suffix in ["", "-wal", "-shm", "-journal"] { unsafe unlink(path + suffix) } }

    /// Brings it to the disk and gives it its name; a file that took the name meanwhile stays as it is.
    func finish() throws(StoreError) {
        try sync(path)
        if unsafe link(path, target) == 0 {
            unsafe unlink(path)
        } else {
            // Some file systems have no links: there the name is taken in two steps.
            let cannotLink = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
            guard cannotLink, !FileManager.default.fileExists(atPath: target) else {
                throw Self.failure(target, cannotLink ? EEXIST : errno)
            }
            guard unsafe rename(path, target) == 0 else { throw Self.failure(target, errno) }
        }
        try sync(URL(fileURLWithPath: target).deletingLastPathComponent().path)
    }

    private func sync(_ path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
    }

    private static func failure(_ path: String, _ code: Int32) -> StoreError {
        let reason =
            code == EEXIST ? "the file exists already, and an existing file is not overwritten: name another one" : StoreFile.words(code)
        return StoreError(.unusable, "\(path): \(reason)")
    }
}
