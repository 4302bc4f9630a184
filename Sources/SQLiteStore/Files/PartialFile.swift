import Foundation

/// A file that is written under a temporary name beside its target, and renamed once it is complete. If it is given up, it is removed.
final class PartialFile {
    /// The temporary path; readable only by the file's owner.
    let path: String
    private let target: String

    /// Throws `unusable` if a file exists at `target`, or if no file can be created beside it.
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

    /// Syncs the file to the disk and renames it. If another file has taken the name meanwhile, that file is left unchanged.
    func finish() throws(StoreError) {
        try sync(path)
        if unsafe link(path, target) == 0 {
            unsafe unlink(path)
        } else {
            // Some file systems have no hard links: there the name is checked first, and then the file is renamed.
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
