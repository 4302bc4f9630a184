import GRDB
public import Watchdog

/// Does the writing inside a committer's transactions, with prepared statements and with values of the file that it remembers between
/// transactions. Called only on the writer's thread.
public protocol TransactionWriter: AnyObject, SendableMetatype {
    /// Called first in each transaction. Returns false if the writes must wait for another transaction: then what `begin` wrote is
    /// committed alone, and the next transaction begins. So a writer that must write very much beforehand does so in parts.
    func begin() throws -> Bool
    /// Called last in each transaction, to write what was deferred until all writes had run.
    func flush() throws
    /// Called once a transaction is durable, before its callers are answered; with zero writes if they had to wait.
    func committed(writes count: Int, in duration: Duration)
    /// Called after a transaction has failed, also in its `BEGIN` or `COMMIT`: remembered values may not be in the file.
    func forget()
    /// Whether `finish` has nothing left to write.
    var isFinished: Bool { get }
    /// Called before the file is closed, each time in a transaction of its own, until `isFinished` is true: writes a part of what was
    /// deferred.
    func finish() throws
}

/// Runs the writes of many callers in shared transactions, so that they wait for the disk together: while one transaction commits, new writes
/// queue up, and the next transaction runs them all.
///
/// A write that SQLite refuses fails alone. When the disk, memory or a lock fails, every write of the transaction fails. The transactions run
/// on the serial queue of GRDB's write connection.
public final class GroupCommitter<Writer: TransactionWriter>: @unchecked Sendable {
    // Unchecked: variables are used only on the queue of the write connection.
    private var writer: Writer?
    /// Prepared in advance, since memory may be short when it is needed.
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

    /// Runs a write in the next transaction without waiting for it; a failure is reported only to `onFailure`.
    public func submit(_ work: Work, _ body: @escaping @Sendable (Writer) throws -> Void) { submit(ForgottenWrite(work, body)) }

    @usableFromInline
    func submit(_ write: any PendingWrite<Writer>) {
        if queue.append(write) { connection.asyncWriteWithoutTransaction { self.drain($0) } }
    }

    /// Refuses new writes, runs the waiting ones, lets the writer finish, and releases the prepared statements, since their connection is
    /// closed next.
    func close() {
        queue.close()
        connection.writeWithoutTransaction { db in
            drain(db)
            finish(db)
        }
        writer = nil
        rollingBack = nil
    }

    /// Runs the waiting writes, transaction by transaction, until none is left.
    private func drain(_ db: Database) {
        while let writes = queue.next() {
            commit(writes, db)
            copyLog(db)
        }
    }

    private func copyLog(_ db: Database) {
        board.during(Work("copying the write-ahead log"), watched: .writer) { checkpointer.committed(db, frames: length.frames) }
    }

    /// Lets the writer write what it deferred. If that fails, the rest is left to the next start.
    private func finish(_ db: Database) {
        while writer?.isFinished == false {
            guard commit([ForgottenWrite(Work("writing what was deferred")) { try $0.finish() }], db) else { return }
            copyLog(db)
        }
    }

    /// Runs the writes in one transaction. If one of several is refused, each gets a transaction of its own, so that only the refused one
    /// fails. False if not all are durable.
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

    /// Runs one transaction and reports it to the writer; false if the writes must wait for another one.
    private func transact(_ writes: [any PendingWrite<Writer>], _ db: Database) throws -> Bool {
        let start = ContinuousClock.now
        let isDone = try board.during(Work("beginning or committing a transaction", items: writes.count), watched: .writer) {
            try write(writes, db)
        }
        writer?.committed(writes: isDone ? writes.count : 0, in: .now - start)
        return isDone
    }

    /// Returns once the writes are durable, in the files that the next start will open; false if they must wait. If it fails, also in
    /// `BEGIN`, remembered values are forgotten and no transaction is left open.
    private func write(_ writes: [any PendingWrite<Writer>], _ db: Database) throws -> Bool {
        guard let writer else { throw StoreError(.closed, "no more is written") }
        // Ends a previous transaction whose rollback failed as well.
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
            // GRDB rolls back, but hides a failure of that; with a transaction left open every later BEGIN would fail.
            if db.isInsideTransaction { try? rollingBack?.execute() }
            frames.forget()
            if (error as? DatabaseError)?.resultCode == .SQLITE_FULL { checkpointer.diskWasFull() }
            throw error
        }
    }
}
