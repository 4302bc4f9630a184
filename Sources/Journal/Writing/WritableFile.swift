import Dispatch
import GRDB
import Logging
import Messaging
import Synchronization
import Watchdog

/// A journal's file, open for writing: the connections, the transactor on the writer's, and the checkpoints beside it.
final class WritableFile: Sendable {
    let pool: DatabasePool
    let checkpointer: WALCheckpointer
    private let transactor: Transactor
    /// Held until the file is closed.
    private let claim: Mutex<JournalClaim?>

    /// Makes the file where it is not there, and brings its tables up to date.
    init(
        _ configuration: Journal.Configuration, board: WorkBoard, metrics: CommitMetrics, logger: Logger, now: @escaping TimeSource,
        onCommit: @escaping @Sendable () -> Void
    ) throws {
        try JournalFile.prepare(configuration.path)
        claim = Mutex(try configuration.access == .claimed ? JournalClaim(configuration.path) : nil)
        pool = try Self.open(configuration)
        let limits = LogLimits(bytes: configuration.maxLog, copyAt: configuration.copyLogAt)
        let checkpointer = try WALCheckpointer(path: configuration.path, limits: limits, logger: logger)
        self.checkpointer = checkpointer
        transactor = try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            if configuration.access == .claimed { try checkpointer.copyLeftovers(db) }
            try db.execute(sql: "PRAGMA cache_size = -\(configuration.pageCache / 1024); PRAGMA journal_size_limit = \(limits.keptBytes)")
            let writer = try JournalWriter(
                db, adapters: configuration.traits, policy: configuration.sessions, capacity: configuration.contactCapacity)
            return try Transactor(
                db, writer: writer, files: OpenFiles(db, path: configuration.path), checkpointer: checkpointer, board: board,
                metrics: metrics, logger: logger, now: now,
                onCommit: onCommit)
        }
    }

    private static func open(_ settings: Journal.Configuration) throws -> DatabasePool {
        var configuration = GRDB.Configuration()
        configuration.label = "switchboard.journal"
        configuration.qos = .default
        configuration.busyMode = .timeout(settings.lockTimeout / .seconds(1))
        configuration.maximumReaderCount = 3
        // The transactor and the reader end theirs, and look whether one was left open; GRDB would end the process.
        configuration.allowsUnsafeTransactions = true
        let pool = try DatabasePool(path: settings.path, configuration: configuration)
        // GRDB sets NORMAL after its own preparations, which would acknowledge what a power cut takes away.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try JournalSchema.migrator.migrate(pool)
        return pool
    }

    /// Has the writer's thread take what waits in the queue.
    func drain(_ queue: CommitQueue) {
        pool.asyncWriteWithoutTransaction { [transactor] db in transactor.drain(queue, db) }
    }

    /// Does what waits, copies the log back and closes the file.
    ///
    /// Whatever of it fails, the claim is given up: the process may go on, and another gateway must be able to take over.
    func close(draining queue: CommitQueue) throws {
        defer { claim.withLock { $0 = nil } }
        pool.writeWithoutTransaction { db in transactor.drain(queue, db) }
        transactor.finalize()
        let closing = Result { try pool.close() }
        try checkpointer.close()
        try closing.get()
    }
}

extension Journal.Configuration {
    fileprivate var contactCapacity: ContactMemory.Capacity {
        ContactMemory.Capacity(contacts: rememberedContacts, bytes: contactMemory)
    }

    /// Of two of one kind the later counts.
    fileprivate var traits: [AdapterKind: AdapterTraits] { Dictionary(adapters.map { ($0.kind, $0) }) { _, later in later } }
}
