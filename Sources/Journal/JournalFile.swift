import Foundation
import GRDB

/// Makes the journal's place on the disk: it holds messages, phones and tokens, so that nobody but its owner may read it.
enum JournalFile {
    /// The file is there, empty or not, and readable by its owner alone before SQLite opens it: the files beside it (`-wal`, `-shm`) take
    /// over its permissions when they are made. Throws `unusable` where what is there is no journal of ours; it stays as it is then.
    static func prepare(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw JournalError(.unusable, reason: "its folder cannot be made: \(cause.map { reason(Int32($0.code)) } ?? "\(error)")")
        }
        // Only one that is new is opened: closing another would give up the locks that this process may hold on it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) } else { try requireJournal(at: path) }
        for file in [path, "\(path)-wal", "\(path)-shm"] where isRegular(file) {
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        }
    }

    /// Throws `unusable` where there is no file, or where this user may not see whether there is one.
    static func requireThere(_ path: String) throws(JournalError) {
        guard let code = absence(of: path) else { return }
        throw JournalError(
            .unusable, reason: code == ENOENT || code == ENOTDIR ? "there is no journal at \(path)" : "\(path): \(reason(code))")
    }

    /// Why the system does not find a file; nil where it does.
    static func absence(of path: String) -> Int32? {
        var status = stat()
        return stat(path, &status) == 0 ? nil : errno
    }

    /// The system's words.
    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    private static func requireJournal(at path: String) throws {
        guard isRegular(path) else { throw JournalError(.unusable, reason: "is no regular file") }
        let queue = try reading(path)
        try queue.read { try JournalSchema.requireOurs($0) }
        try queue.close()
    }

    /// A connection that only reads. Where a compaction was killed the file is made whole first, which takes one that may write.
    static func reading(_ path: String) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        // Where memory is too short to end a transaction GRDB would end the process; the connection is closed with it.
        configuration.allowsUnsafeTransactions = true
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
            var recovery = configuration
            recovery.readonly = false
            try DatabaseQueue(path: path, configuration: recovery).close()
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    /// Whether a path leads to a file of bytes, rather than to a device, a pipe or a folder.
    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// One gateway's claim on a journal: a lock on a byte of its file far behind all pages, which ends with the process.
///
/// It is a lock of the open file description, which SQLite's own locks neither see nor release.
final class JournalClaim: Sendable {
    private let descriptor: Int32
    private static let byte: off_t = 1 << 62
    /// F_OFD_SETLK of Linux's fcntl.h, which Swift's import leaves out.
    private static let setOpenFileLock: Int32 = 37

    /// Throws `unavailable` where another gateway has the journal.
    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw JournalError(.unusable, reason: String(cString: strerror(errno))) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = Self.byte
        lock.l_len = 1
        guard fcntl(descriptor, Self.setOpenFileLock, &lock) != 0 else { return }
        throw JournalError(
            .unavailable, reason: "another gateway is serving from this journal: stop it first, or set another journal.path here")
    }

    // Closing any descriptor of a file gives up all of this process's SQLite locks on it: the journal's connections are closed by then.
    deinit { close(descriptor) }
}
