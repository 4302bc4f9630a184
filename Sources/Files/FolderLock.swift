import Foundation

/// Keeps other processes that use the same lock from changing files of the same folders at the same time. The lock is on the folders and not
/// on the files, which are replaced by renaming; it leaves no file behind, and ends with the process at the latest (flock(2)).
public enum FolderLock {
    /// Runs `body` while this process alone holds the locks of the files' folders. Throws EWOULDBLOCK if another process holds one of them
    /// for longer than `patience`, and other codes if a folder cannot be opened. Blocks the calling thread.
    public static func holding<Value>(foldersOf paths: [String], patience: Duration = .seconds(10), _ body: () throws -> Value) throws
        -> Value
    {
        // In one order for all processes, so that no two wait for each other.
        let folders = Set(paths.map { URL(fileURLWithPath: GatewayFile.folder(of: $0)).resolvingSymlinksInPath().path }).sorted()
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        let deadline = ContinuousClock.now + patience
        for folder in folders {
            let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemError(code: errno) }
            descriptors.append(descriptor)
            try wait(for: descriptor, until: deadline)
        }
        return try body()
    }

    private static func wait(for descriptor: Int32, until deadline: ContinuousClock.Instant) throws(SystemError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EWOULDBLOCK || code == EINTR, ContinuousClock.now < deadline else { throw SystemError(code: code) }
            usleep(20_000)
        }
    }
}
