import Foundation

/// The turn to copy a file: one copy is made at a time, by whatever process. It is a lock on the file's folder, which ends with its process
/// and which SQLite's own locks neither see nor release.
final class CopyTurn {
    private let descriptor: Int32

    /// Throws `busy` if a copy of a file in the same folder is being made. Where folders cannot be locked, as in some network file systems,
    /// every copy has its turn.
    init(_ path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
        close(descriptor)
        throw StoreError(.busy, "another copy is being made: wait until it is done")
    }

    // Released explicitly, because a child process that is being started shares the open folder until it runs its own program.
    deinit {
        guard descriptor >= 0 else { return }
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
