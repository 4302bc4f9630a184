import GRDB
public import Watchdog

/// What writes inside a committer's transactions: the statements, and what is remembered of the file between them. Only the writer's thread
/// calls it.
public protocol TransactionWriter: AnyObject, SendableMetatype {
    /// Called first in each transaction. False where the writes have to wait for another one: what `begin` wrote is committed alone, and the
    /// next transaction begins. So a writer that has very much to write before the writes does so in parts.
    func begin() throws -> Bool
    /// Called last in each transaction, to write what was deferred until all writes had run.
    func flush() throws
    /// Called once a transaction is durable, before its callers are answered; with no writes where they had to wait.
    func committed(writes count: Int, in duration: Duration)
    /// Called after a transaction has failed, in its `BEGIN` or `COMMIT` as well: whatever was remembered may not be in the file.
    func forget()
    /// Whether `finish` has nothing left to write.
    var isFinished: Bool { get }
    /// Called before the file is closed, in a transaction of its own each time, until `isFinished`: writes a part of what was deferred.
    func finish() throws
}

/// Runs the writes of many callers in shared transactions, so that they wait for the disk together: while one transaction commits, new writes
/// queue up, and the next transaction runs them all.
///
/// A write that SQLite refuses fails alone. When the disk, memory or a lock fails, every write of the transaction fails. The transactions run
/// on the serial queue of GRDB's write connection.
public final class GroupCommitter<Writer: TransactionWriter>: @unchecked Sendable {
    // Unchecked: what is no constant is touched by the queue of the write connection alone.
    private var writer: Writer?
    /// Prepared before it is needed: memory may be short by then.
    private var rollingBack: Statement?
    private let length = WALLength()
    private let frames: GatheredFrames
    private let queue: CommitQueue<Writer>
    private let connection: any DatabaseWriter
    private let files: OpenFiles
    private let checkpointer: WALCheckpointer
    private let board: WorkBoard
    private let signal: CommitSignal
    private let onFailure: @Sendable (any Error, _ writes: Int) -> Void

    /// `db` is the write connection of `connection`; `onFailure` is called for each transaction that failed together with all of its writes.
    init(
        _ db: Database, of connection: any DatabaseWriter, writer: Writer, queue: CommitQueue<Writer>, files: OpenFiles,
        checkpointer: WALCheckpointer, board: WorkBoard, signal: CommitSignal,
        onFailure: @escaping @Sendable (any Error, _ writes: Int) -> Void
    ) throws {
        self.writer = writer
        rollingBack = try db.makeStatement(sql: "ROLLBACK")
        self.connection = connection
        self.queue = queue
        self.files = files
        self.checkpointer = checkpointer
        self.board = board
        self.signal = signal
        self.onFailure = onFailure
        frames = try GatheredFrames(db)
        length.watch(db)
    }

    /// Runs a write in the next transaction and returns its value once the transaction is durable. `body` may run again after a transaction was
    /// rolled back. Throws what `body` threw, a `StoreError`, a `LogFullError`, or a `SQLiteError`.
    @inlinable
    public func write<Value: Sendable>(_ work: Work, _ body: @escaping @Sendable (Writer) throws -> Value) async throws -> Value {
        let result = await withCheckedContinuation { continuation in submit(ValueWrite(work, body, continuation)) }
        return try result.get()
    }

    /// Runs a write in the next transaction without waiting for it, and puts the answer into `queue`, as `write(_:_:)` would return or throw it.
    @inlinable
    public func submit<Value: Sendable>(
        _ work: Work, answeringInto queue: any AnswerQueue, _ body: @escaping @Sendable (Writer) throws -> Value,
        answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) { submit(QueuedWrite(work, body, into: queue, answer)) }

    /// Runs a write in the next transaction without waiting for it; its failure is reported to nobody but `onFailure`.
    public func submit(_ work: Work, _ body: @escaping @Sendable (Writer) throws -> Void) { submit(ForgottenWrite(work, body)) }

    @usableFromInline
    func submit(_ write: any PendingWrite<Writer>) {
        if queue.append(write) { connection.asyncWriteWithoutTransaction { self.drain($0) } }
    }

    /// Refuses new writes, runs those that wait, has the writer finish, and releases the prepared statements: their connection is about to be
    /// closed.
    func close() {
        queue.close()
        connection.writeWithoutTransaction { db in
            drain(db)
            finish(db)
        }
        writer = nil
        rollingBack = nil
    }

    /// Takes what waits, transaction by transaction, until nothing does.
    private func drain(_ db: Database) {
        while let writes = queue.next() {
            commit(writes, db)
            copyLog(db)
        }
    }

    private func copyLog(_ db: Database) {
        board.during(Work("copying the write-ahead log"), watched: .writer) { checkpointer.committed(db, frames: length.frames) }
    }

    /// Has the writer write what it deferred. Where that fails, the rest is left to the next start.
    private func finish(_ db: Database) {
        while writer?.isFinished == false {
            guard commit([ForgottenWrite(Work("writing what was deferred")) { try $0.finish() }], db) else { return }
            copyLog(db)
        }
    }

    /// All or nothing; where one of several writes is refused, each gets a transaction of its own, so that it harms none but itself. False where
    /// not all are durable.
    @discardableResult
    private func commit(_ writes: [any PendingWrite<Writer>], _ db: Database) -> Bool {
        do {
            while try !transact(writes, db) { copyLog(db) }
            for write in writes { write.succeed() }
            for write in writes { write.answersAreComplete() }
            signal.committed()
            return true
        } catch let error as DatabaseError where writes.count > 1 && !error.isOfTheSystem {
            return writes.count { !commit([$0], db) } == 0
        } catch {
            onFailure(error, writes.count)
            for write in writes { write.fail(error) }
            for write in writes { write.answersAreComplete() }
            return false
        }
    }

    /// One transaction, after which the writer is told; false where the writes have to wait for another one.
    private func transact(_ writes: [any PendingWrite<Writer>], _ db: Database) throws -> Bool {
        let start = ContinuousClock.now
        let isDone = try board.during(Work("beginning or committing a transaction", items: writes.count), watched: .writer) {
            try write(writes, db)
        }
        writer?.committed(writes: isDone ? writes.count : 0, in: .now - start)
        return isDone
    }

    /// Returns once the writes are durable, in the files that the next start will open; false where they have to wait. However it fails, in
    /// `BEGIN` as well, memory is forgotten and no transaction is left open.
    private func write(_ writes: [any PendingWrite<Writer>], _ db: Database) throws -> Bool {
        guard let writer else { throw StoreError(.closed, "no more is written") }
        // The one before, where its rollback failed as well.
        if db.isInsideTransaction { try rollingBack?.execute() }
        do {
            try files.check()
            try checkpointer.checkRoom(db)
            var isReady = false
            try db.inTransaction(.immediate) {
                isReady = try writer.begin()
                guard isReady else { return .commit }
                for write in writes { try board.during(write.work) { try write.apply(to: writer) } }
                try writer.flush()
                return .commit
            }
            try files.check()
            return isReady
        } catch {
            writer.forget()
            // GRDB rolls back, and hides where that fails: with a transaction left open every later BEGIN would fail.
            if db.isInsideTransaction { try? rollingBack?.execute() }
            frames.forget()
            if (error as? DatabaseError)?.resultCode == .SQLITE_FULL { checkpointer.diskWasFull() }
            throw error
        }
    }
}
