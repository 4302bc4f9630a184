import GRDB
import Logging
import Messaging
import Watchdog

/// Runs waiting writes in transactions, on the writer's queue alone.
final class Transactor: @unchecked Sendable {
    // Unchecked: only the serial queue of the pool's write connection calls it.
    private let checkpointer: WALCheckpointer
    private var writer: JournalWriter?
    /// Prepared before it is needed: memory may be short by then.
    private var rollingBack: Statement?
    private let length = WALLength()
    private let files: OpenFiles
    private let logger: Logger
    private let now: TimeSource
    private let onCommit: @Sendable () -> Void
    private let board: WorkBoard
    private let metrics: CommitMetrics

    init(
        _ db: Database, writer: JournalWriter, files: OpenFiles, checkpointer: WALCheckpointer, board: WorkBoard, metrics: CommitMetrics,
        logger: Logger,
        now: @escaping TimeSource, onCommit: @escaping @Sendable () -> Void
    ) throws {
        self.writer = writer
        rollingBack = try db.makeStatement(sql: "ROLLBACK")
        self.files = files
        self.now = now
        self.onCommit = onCommit
        self.board = board
        self.metrics = metrics
        self.checkpointer = checkpointer
        self.logger = logger
        length.watch(db)
    }

    /// Frees the prepared statements: their connection is about to be closed.
    func finalize() {
        writer = nil
        rollingBack = nil
    }

    /// Takes what waits, transaction by transaction, until nothing does.
    func drain(_ queue: CommitQueue, _ db: Database) {
        while let writes = queue.next() {
            commit(writes, db)
            board.during(Work("copying the write-ahead log"), watched: .writer) { checkpointer.committed(db, frames: length.frames) }
        }
    }

    /// All or nothing; where one of several writes is refused, each gets a transaction of its own, so that it harms none but itself.
    private func commit(_ writes: [any PendingWrite], _ db: Database) {
        let start = ContinuousClock.now
        do {
            try board.during(Work("beginning or committing a transaction", items: writes.count), watched: .writer) {
                try transact(writes, db)
            }
            metrics.committed(writes: writes.count, in: .now - start, writer?.stored ?? StoredCounts())
            for write in writes { write.succeed() }
            onCommit()
        } catch  where writes.count > 1 && JournalError(error).code == .rejected {
            for write in writes { commit([write], db) }
        } catch {
            let error = JournalError(error)
            logger.error("a transaction failed", metadata: ["error": "\(error)", "journal.writes": "\(writes.count)"])
            for write in writes { write.fail(error) }
        }
    }

    /// Returns once the writes are durable, in the files that the next start will open. However it fails, in `BEGIN` as well, memory is
    /// forgotten and no transaction is left open.
    private func transact(_ writes: [any PendingWrite], _ db: Database) throws {
        guard let writer else { throw JournalError(.closed, reason: "the journal is closed") }
        // The one before, where its rollback failed as well.
        if db.isInsideTransaction { try rollingBack?.execute() }
        do {
            try files.check()
            try checkpointer.checkRoom(db)
            try db.inTransaction(.immediate) {
                try writer.begin(at: now())
                for write in writes { try board.during(write.work) { try write.apply(to: writer) } }
                try writer.flush()
                return .commit
            }
            try files.check()
        } catch {
            writer.forget()
            // GRDB rolls back, and hides where that fails: with a transaction left open every later BEGIN would fail.
            if db.isInsideTransaction { try? rollingBack?.execute() }
            if (error as? DatabaseError)?.resultCode == .SQLITE_FULL { checkpointer.diskWasFull() }
            throw error
        }
    }
}
