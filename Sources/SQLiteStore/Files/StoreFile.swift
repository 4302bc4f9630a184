import Files
import Foundation
public import GRDB

/// Operations on a SQLite file as a whole: creating, checking and rewriting it.
public enum StoreFile {
    /// Creates the file if it does not exist, and makes it readable only by its owner before SQLite opens it, since SQLite gives the files
    /// beside it (`-wal`, `-shm`) the same permissions, and the same owner if root creates them. `recognize` throws if an existing file
    /// belongs to another program; that file is left unchanged.
    public static func prepare(_ path: String, recognize: (Database) throws -> Void) throws {
        if let removal = removal(of: path) { throw StoreError(.unusable, "\(removal). \(rescue)") }
        if let impossibility = impossibility(of: path) { throw StoreError(.unusable, impossibility) }
        do throws(SystemError) { try GatewayFile.makeFolder(GatewayFile.folder(of: path)) } catch {
            throw StoreError(.unusable, "its folder cannot be made: \(error)")
        }
        // If root opens a database, SQLite gives the files beside it to the database's owner too.
        if let linked = (files(of: path) + ["\(path)-journal"]).first(where: GatewayFile.isLinkedElsewhere) {
            throw StoreError(
                .unusable,
                "\(linked) has a second name (a hard link), so root does not touch it: see with `find -samefile` whose it is and "
                    + "delete this name, or run this as the user of the folder")
        }
        // Only a new file is opened here: closing a descriptor of an existing one would release this process's locks on it.
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

    /// A read-only connection. If a killed compaction has left the file unfinished, it is repaired first, which needs a connection that can
    /// write.
    static func openToRead(_ path: String) throws -> DatabaseQueue {
        try requireAccess(path, R_OK, to: "read")
        // Opening a pipe would block until it has a writer.
        guard absence(of: path) != nil || isRegular(path) else { throw StoreError(.unusable, "is not a regular file") }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        // If there is too little memory to end a transaction, GRDB would end the process. The transaction ends when the connection is
        // closed.
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

    /// If root asks: those of the file and the files beside it that belong to another user than their folder does.
    public static func strays(of path: String) -> [String] { files(of: path).filter(GatewayFile.isStray) }

    /// Further files, besides those of `strays`, that another user could have put there.
    public static func planted(of path: String) -> [String] {
        files(of: path).filter { GatewayFile.isPlanted($0) && !GatewayFile.isStray($0) }
    }

    private static func files(of path: String) -> [String] { [path, "\(path)-wal", "\(path)-shm"] }

    /// Writes to the file and rolls back; throws the reason if the file cannot be written to.
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

    /// Rewrites the file without the space that removed rows have left; returns its sizes in bytes before and after. `prepare` is called
    /// first, while no other process can use the file. Throws `inUse` if the file is open elsewhere, and SQLite's error if the disk has no
    /// room for a second copy; then only what `prepare` did has changed the file.
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

    /// A file that is open elsewhere cannot leave WAL mode. So this succeeds only if no other process is waiting for the file, and none can
    /// open it before the end.
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

    /// If this user may not open a file, SQLite only says that it cannot be opened.
    private static func requireAccess(_ path: String, _ mode: Int32, to verb: String) throws {
        guard unsafe faccessat(AT_FDCWD, path, mode, AT_EACCESS) != 0, case let code = errno, code != ENOENT else { return }
        throw StoreError(.unusable, "this user may not \(verb) it (\(words(code))): see its owner and mode")
    }

    /// Why a file that does not exist must not be created: its write-ahead log exists and has commits that SQLite would delete. Nil if
    /// nothing prevents it.
    public static func removal(of path: String) -> String? {
        guard absence(of: path) == ENOENT, (try? size("\(path)-wal")) ?? 0 > 0 else { return nil }
        return "it was removed or moved, and its write-ahead log, \(path)-wal, is still there: a gateway may still have the file open"
    }

    /// What to do if a file was removed or moved while a process has it open: a sentence without its full stop.
    public static let rescue = """
        Move the file back. If it was deleted, copy its bytes out of /proc before the gateway stops (Docs/Operating.md, “A file that is gone”)
        """

    static func size(_ path: String) throws -> Int64 { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0 }

    /// Why no process can create a file at a path: a sentence without its full stop. Nil if it is possible.
    public static func impossibility(of path: String) -> String? {
        GatewayFile.fileInTheWay(of: path).map { "\($0) is a file, not a folder, so there can be no file below it" }
    }

    /// The system's error code for a file that cannot be found; nil if it is found.
    public static func absence(of path: String) -> Int32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? nil : errno
    }

    /// The system's text for one of its error codes.
    public static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// Whether a path leads to a regular file, rather than to a device, a pipe or a folder.
    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// One process's claim on a file: a lock on one byte far behind all pages, which ends with the process.
///
/// The lock belongs to the open file description: SQLite's own locks neither see nor release it.
final class FileClaim: Sendable {
    private let descriptor: Int32
    private static let byte: off_t = 1 << 62
    /// F_OFD_SETLK of Linux's fcntl.h, which Swift's import leaves out.
    private static let setOpenFileLock: Int32 = 37

    /// Throws `claimed` if another process has claimed the file.
    init(_ path: String) throws(StoreError) {
        descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(.unusable, StoreFile.words(errno)) }
        guard set(F_WRLCK) else { throw StoreError(.claimed, path) }
    }

    /// Takes or releases the lock; false if another process has it.
    private func set(_ type: Int32) -> Bool {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = Self.byte
        lock.l_len = 1
        return unsafe fcntl(descriptor, Self.setOpenFileLock, &lock) == 0
    }

    // Closing any descriptor of a file releases all of this process's SQLite locks on it, so its connections must be closed by now. The
    // lock is released explicitly first, because a child process that is being started shares the open file until it runs its own program.
    deinit {
        _ = set(F_UNLCK)
        close(descriptor)
    }
}
