import Dispatch
import Foundation
public import GRDB
import Synchronization
public import Watchdog

/// How a file is opened to be written.
public struct WritableFileSettings: Sendable {
    /// Where the file is, or will be created.
    public var path: String
    /// The name of the connections' queues, for debuggers.
    public var label: String
    /// Whether to claim the file, which only one process at a time can do.
    public var isClaimed: Bool
    /// How long a write waits for another process's lock on the file.
    public var lockTimeout: Duration
    /// Bytes of the file's pages that the writer keeps in memory.
    public var pageCache: Int
    /// The largest size of the write-ahead log in bytes; once it is reached, nothing is written until the log was copied back.
    public var maxLog: Int64
    /// The length, in frames of one page each, from which the write-ahead log is copied back; nil for 128 MiB, or less if `maxLog` is
    /// small.
    public var copyLogAt: Int?
    /// The most writes that may wait for a transaction.
    public var waitingWrites: Int
    /// The most writes in one transaction, which bounds how long the first of them waits.
    public var writesATransaction: Int

    /// The defaults are for a file that one process claims.
    public init(
        path: String, label: String, isClaimed: Bool = true, lockTimeout: Duration = .seconds(5), pageCache: Int = 16 << 20,
        maxLog: Int64 = 4 << 30, copyLogAt: Int? = nil, waitingWrites: Int = 50_000, writesATransaction: Int = 512
    ) {
        self.path = path
        self.label = label
        self.isClaimed = isClaimed
        self.lockTimeout = lockTimeout
        self.pageCache = pageCache
        self.maxLog = maxLog
        self.copyLogAt = copyLogAt
        self.waitingWrites = waitingWrites
        self.writesATransaction = writesATransaction
    }
}

/// A file that is open for writing: its connections, the committer on the one that writes, and the checkpoints beside it.
///
/// A write returns after the disk has confirmed its transaction (WAL, `synchronous=FULL`).
public final class WritableFile<Writer: TransactionWriter>: Sendable {
    /// Runs the writes.
    public let committer: GroupCommitter<Writer>
    private let pool: DatabasePool
    private let checkpointer: WALCheckpointer
    /// Held until the file is closed.
    private let claim: Mutex<FileClaim?>
    private let isClosed = Mutex(false)

    /// Opens the file, and creates it if it does not exist. `recognize` throws if an existing file belongs to another program, `migrate`
    /// brings the tables up to date, and `makeWriter` creates the writer for the given connection.
    public init(
        _ settings: WritableFileSettings, board: WorkBoard, signal: CommitSignal, recognize: (Database) throws -> Void,
        migrate: (any DatabaseWriter) throws -> Void, onLog: @escaping @Sendable (LogReport) -> Void,
        onFailure: @escaping @Sendable (any Error, _ writes: Int) -> Void, makeWriter: (Database) throws -> Writer
    ) throws {
        try StoreFile.prepare(settings.path, recognize: recognize)
        claim = Mutex(try settings.isClaimed ? FileClaim(settings.path) : nil)
        let pool = try Self.open(settings)
        self.pool = pool
        try migrate(pool)
        let limits = LogLimits(bytes: settings.maxLog, copyAt: settings.copyLogAt)
        let checkpointer = try WALCheckpointer(
            path: settings.path, label: "\(settings.label).checkpointer", limits: limits, report: onLog)
        self.checkpointer = checkpointer
        committer = try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            if settings.isClaimed { try checkpointer.copyLeftovers(db) }
            try db.execute(sql: "PRAGMA cache_size = -\(settings.pageCache / 1024); PRAGMA journal_size_limit = \(limits.keptBytes)")
            // The writer sorts little. In a temporary file this would need space on a disk that may be full.
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            let writer = try makeWriter(db)
            return try GroupCommitter(
                db, of: pool, writer: writer, queue: CommitQueue(capacity: settings.waitingWrites, widest: settings.writesATransaction),
                files: OpenFiles(db, path: settings.path), checkpointer: checkpointer, board: board, signal: signal, onFailure: onFailure)
        }
    }

    private static func open(_ settings: WritableFileSettings) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = settings.label
        configuration.qos = .default
        configuration.busyMode = .timeout(settings.lockTimeout / .seconds(1))
        configuration.maximumReaderCount = 3
        // The committer and the reader end their own transactions, and check whether one was left open; GRDB would end the process.
        configuration.allowsUnsafeTransactions = true
        let pool = try openPool(settings, configuration)
        // GRDB sets NORMAL after its own preparations; with it, a power cut could take acknowledged writes away.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return pool
    }

    /// If several processes put a new file into WAL mode at once, SQLite refuses all but one immediately.
    private static func openPool(_ settings: WritableFileSettings, _ configuration: Configuration) throws -> DatabasePool {
        let deadline = ContinuousClock.now + settings.lockTimeout
        while true {
            do {
                return try DatabasePool(path: settings.path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline {
                usleep(10_000)
            }
        }
    }

    /// Reads that need not wait for the writer.
    public var reader: StoreReader { StoreReader(pool) }

    /// The state of the write-ahead log.
    public var log: LogHealth { checkpointer.health }

    /// Runs the waiting writes, copies the log back and closes the file; later writes are refused as `closed`. Closing again has no effect.
    ///
    /// The claim is released even if something fails: this process may continue, and another process must be able to take over.
    public func close() throws {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        if wasClosed { return }
        defer { claim.withLock { $0 = nil } }
        committer.close()
        let closing = Result { try pool.close() }
        try checkpointer.close()
        try closing.get()
    }
}
