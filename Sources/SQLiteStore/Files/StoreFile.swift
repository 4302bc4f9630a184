import Files
import Foundation
public import GRDB

/// What is done with a SQLite file as a whole: creating, checking and rewriting it.
public enum StoreFile {
    /// Creates the file where it does not exist, and makes it readable by its owner alone before SQLite opens it: the files beside it (`-wal`,
    /// `-shm`) inherit its permissions, and its owner where root makes them. `recognize` throws where an existing file is not ours, which is
    /// then left as it is.
    public static func prepare(_ path: String, recognize: (Database) throws -> Void) throws {
        if let removal = removal(of: path) { throw StoreError(.unusable, "\(removal). \(rescue)") }
        if let impossibility = impossibility(of: path) { throw StoreError(.unusable, impossibility) }
        do throws(SystemError) { try GatewayFile.makeFolder(GatewayFile.folder(of: path)) } catch {
            throw StoreError(.unusable, "its folder cannot be made: \(error)")
        }
        // SQLite gives the files beside a journal to its owner, too, when root opens them.
        if let linked = (files(of: path) + ["\(path)-journal"]).first(where: GatewayFile.isLinkedElsewhere) {
            throw StoreError(
                .unusable,
                "\(linked) has a second name (a hard link), so root does not touch it: see with `find -samefile` whose it is and "
                    + "delete this name, or run this as the user of the folder")
        }
        // Only one that is new is opened: closing another would give up the locks that this process may hold on it.
        if let descriptor = try? GatewayFile.create(path) { close(descriptor) } else { try check(path, recognize) }
        for file in files(of: path) where isRegular(file) {
            do throws(SystemError) { try GatewayFile.makePrivate(file) } catch {
                throw StoreError(.unusable, "\(file) cannot be closed to others: \(error)")
            }
        }
    }

    private static func check(_ path: String, _ recognize: (Database) throws -> Void) throws {
        guard isRegular(path) else { throw StoreError(.unusable, "is not a regular file") }
        try requireAccess(path, R_OK | W_OK, to: "read and write")
        let queue = try openToRead(path)
        try queue.read(recognize)
        try queue.close()
    }

    /// A connection that only reads. A file that a killed compaction left is repaired first, which needs a connection that may write.
    static func openToRead(_ path: String) throws -> DatabaseQueue {
        try requireAccess(path, R_OK, to: "read")
        // Opening a pipe would wait for its writer.
        guard absence(of: path) != nil || isRegular(path) else { throw StoreError(.unusable, "is not a regular file") }
        var configuration = Configuration()
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

    /// Those of the file and the files beside it that belong to somebody else than the folder does, where root asks.
    public static func strays(of path: String) -> [String] { files(of: path).filter(GatewayFile.isStray) }

    /// Those that another user could have put there, beside the strays.
    public static func planted(of path: String) -> [String] {
        files(of: path).filter { GatewayFile.isPlanted($0) && !GatewayFile.isStray($0) }
    }

    private static func files(of path: String) -> [String] { [path, "\(path)-wal", "\(path)-shm"] }

    /// Writes to the file and rolls back; throws the reason where it cannot be written to.
    public static func tryToWrite(_ path: String) async throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try await queue.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                try db.execute(sql: "CREATE TABLE written_on_trial (id INTEGER)")
                return .rollback
            }
        }
    }

    /// Rewrites the file without the space that removed rows have left; returns its bytes before and after. Throws `inUse` where it is open
    /// elsewhere, and SQLite's error where the disk has no room for a second copy. The file is unchanged then, but for what `prepare` did, which
    /// is called first, with the file for itself alone.
    public static func compact(
        _ path: String, prepare: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) async throws -> (before: Int64, after: Int64) {
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        let before = try size(path)
        try await queue.writeWithoutTransaction { db in
            try takeAlone(db, path)
            try prepare(db)
            try db.execute(sql: "VACUUM")
            try db.execute(sql: "PRAGMA journal_mode = WAL")
        }
        return (before, try size(path))
    }

    /// A file that is open elsewhere cannot leave the write-ahead log: nobody may wait for us, or begin before we are done.
    private static func takeAlone(_ db: Database, _ path: String) throws {
        do {
            guard try db.statement("PRAGMA journal_mode = DELETE").first({ $0.string(0) }) == "delete" else {
                throw DatabaseError(resultCode: .SQLITE_BUSY)
            }
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw StoreError(.inUse, path)
        }
    }

    /// SQLite tells only that it cannot open what this user may not.
    private static func requireAccess(_ path: String, _ mode: Int32, to verb: String) throws {
        guard unsafe faccessat(AT_FDCWD, path, mode, AT_EACCESS) != 0, case let code = errno, code != ENOENT else { return }
        throw StoreError(.unusable, "this user may not \(verb) it (\(words(code))): see its owner and mode")
    }

    /// Why a file that is not there must not be created: its write-ahead log is, with commits that SQLite would delete. Nil where nothing is in
    /// the way.
    public static func removal(of path: String) -> String? {
        guard absence(of: path) == ENOENT, (try? size("\(path)-wal")) ?? 0 > 0 else { return nil }
        return "it was removed or moved, and its write-ahead log, \(path)-wal, is still there: a gateway may still have the file open"
    }

    /// What to do about a file that was removed or moved while a process has it open: a sentence without its full stop.
    public static let rescue = """
        Move the file back. If it was deleted, copy its bytes out of /proc before the gateway stops (Docs/Operating.md, “A file that is gone”)
        """

    static func size(_ path: String) throws -> Int64 { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0 }

    /// Why there can be no file of a path, whoever makes it; nil where there can. A sentence without its full stop.
    public static func impossibility(of path: String) -> String? {
        GatewayFile.fileInTheWay(of: path).map { "\($0) is a file, not a folder, so there can be no file below it" }
    }

    /// The system's error code for a file that cannot be found; nil where it can.
    public static func absence(of path: String) -> Int32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? nil : errno
    }

    /// The system's text for one of its error codes.
    public static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// Whether a path leads to a file of bytes, rather than to a device, a pipe or a folder.
    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// One process's claim on a file: a lock on a byte of it far behind all pages, which ends with the process.
///
/// It is a lock of the open file description, which SQLite's own locks neither see nor release.
final class FileClaim: Sendable {
    private let descriptor: Int32
    private static let byte: off_t = 1 << 62
    /// F_OFD_SETLK of Linux's fcntl.h, which Swift's import leaves out.
    private static let setOpenFileLock: Int32 = 37

    /// Throws `claimed` where another process has the file.
    init(_ path: String) throws(StoreError) {
        descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(.unusable, StoreFile.words(errno)) }
        guard set(F_WRLCK) else { throw StoreError(.claimed, path) }
    }

    /// Takes the lock or gives it up; false where another has it.
    private func set(_ type: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = Self.byte
        lock.l_len = 1
        return unsafe fcntl(descriptor, Self.setOpenFileLock, &lock) == 0
    }

    // Closing any descriptor of a file gives up all of this process's SQLite locks on it: its connections are closed by then. The lock is given up
    // first: a child process that is just being started has the open file, too, until it runs its own program.
    deinit {
        _ = set(F_UNLCK)
        close(descriptor)
    }
}
