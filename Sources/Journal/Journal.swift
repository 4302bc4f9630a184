import Foundation
import Logging
import Messaging
import Metrics
import SQLiteStore
import ServiceLifecycle
import Synchronization
import Watchdog

/// Collects the answers of `Journal.submit`.
public typealias AnswerQueue = SQLiteStore.AnswerQueue

/// The embedded durable store: deliveries, events, contacts and sessions in one SQLite file with one writer.
///
/// A call that writes returns after the disk has confirmed its transaction (WAL, `synchronous=FULL`), which it shares with all calls that
/// waited at the same time. As a service the journal expires overdue sessions.
public final class Journal: Sendable {
    /// The ways in which a process may use the file, and what other processes may do at the same time.
    public enum Access: Sendable {
        /// For a gateway: no other gateway may use the file; verbs may.
        case claimed
        /// For a verb, which may write beside a gateway.
        case shared
        /// Nothing is written, and every write is refused as `unavailable`. The file must exist.
        case readOnly
    }

    /// The settings of a journal.
    public struct Configuration: Sendable {
        public var path: String
        /// The adapters' traits: the headers to keep and the ranks of statuses. Other adapters keep only the headers kept for all.
        public var adapters: [AdapterTraits]
        public var sessions: SessionPolicy
        /// The accounts that share user ids, when the journal is opened.
        public var portfolios: Portfolios
        /// The number of free bytes on its disk below which the journal is not ready.
        public var minimumFreeSpace: Int64
        /// How often overdue sessions are looked for.
        public var sweepInterval: Duration
        /// How long deliveries are kept for replay; nil for ever.
        public var keep: Duration?
        /// The age from which deliveries are compressed; nil for never.
        public var compressAfter: Duration?
        /// The most bytes that kept deliveries may take, as they are stored; nil for no limit.
        public var maxSize: Int64?
        /// How long an unresolved dead letter is kept after its last occurrence, nil for ever; a resolved one is kept as long as
        /// deliveries.
        public var keepDeadLetters: Duration?
        /// How long a clock that is ahead deletes nothing because of its age (`RetentionClock`); zero to believe it at once.
        public var clockPatience: Duration = .zero
        /// The most bytes that dead letters may take; nil for no limit.
        public var maxDeadLetters: Int64?
        /// Whether deliveries that were refused are kept too, within `RefusedLimits`.
        public var keepRefused: Bool
        /// The database that must have a delivery's items before the delivery is removed; nil if there is none.
        public var syncTarget: String?
        /// The number of contacts in each of the two generations in memory.
        public var rememberedContacts: Int
        /// The approximate number of bytes of each of these two generations.
        public var contactMemory: Int
        /// The most bytes of memory for the filters of keys: 1.8 per key. Keys of runs without a filter are looked up in the file.
        public var keyMemory: Int
        /// The number of keys after which a run is written; nil for 2,240.
        public var keysARun: Int?
        /// The number of runs that are merged; nil for eight.
        public var runsAMerge: Int?
        /// The number of row numbers in a range of ids; nil for 512.
        public var numbersARange: Int?
        /// The number of people whose deliveries a form is made from; nil for eight.
        public var peopleAForm: Int?
        /// Bytes of the file's pages that the writer keeps in memory.
        public var pageCache: Int
        /// The largest size of the write-ahead log in bytes; once it is reached, nothing is stored until the log has been copied back.
        public var maxLog: Int64
        /// The length, in frames of a page, from which the log is copied back; nil for 128 MiB, or less if `maxLog` is small.
        public var copyLogAt: Int?
        /// The number of rows after which a claimed journal writes deferred session times; 0 to write them with each transaction.
        public var unwrittenRows = 16_384
        /// The number of sessions whose times are then written with each transaction, or as many as the transaction has rows.
        public var timesATransaction = 128
        /// How long a write waits for another process's lock on the file.
        public var lockTimeout: Duration
        public var access: Access

        public init(
            path: String, adapters: [AdapterTraits] = [], sessions: SessionPolicy = SessionPolicy(), portfolios: Portfolios = Portfolios(),
            minimumFreeSpace: Int64 = 256 << 20, sweepInterval: Duration = .seconds(20), keep: Duration? = nil,
            compressAfter: Duration? = nil, maxSize: Int64? = nil, keepDeadLetters: Duration? = nil, maxDeadLetters: Int64? = nil,
            keepRefused: Bool = false, syncTarget: String? = nil, rememberedContacts: Int = 25_000, contactMemory: Int = 32 << 20,
            keyMemory: Int = 64 << 20, pageCache: Int = 16 << 20, maxLog: Int64 = 4 << 30, lockTimeout: Duration = .seconds(5),
            access: Access = .shared
        ) {
            self.path = path
            self.adapters = adapters
            self.sessions = sessions
            self.portfolios = portfolios
            self.minimumFreeSpace = minimumFreeSpace
            self.sweepInterval = sweepInterval
            self.keep = keep
            self.compressAfter = compressAfter
            self.maxSize = maxSize
            self.keepDeadLetters = keepDeadLetters
            self.maxDeadLetters = maxDeadLetters
            self.keepRefused = keepRefused
            self.syncTarget = syncTarget
            self.rememberedContacts = rememberedContacts
            self.contactMemory = contactMemory
            self.keyMemory = keyMemory
            self.pageCache = pageCache
            self.maxLog = maxLog
            self.lockTimeout = lockTimeout
            self.access = access
        }
    }

    public let configuration: Configuration
    /// Queries that need not wait for the writer.
    public let reader: JournalReader
    /// What the writer is doing, for a watchdog.
    public let board: WorkBoard
    /// Nil if the journal is read-only.
    private let file: WritableFile<JournalWriter>?
    let portfolios: CurrentPortfolios
    let unwritten = UnwrittenTimes()
    let now: TimeSource
    let logger: Logger
    let commitSignal = CommitSignal()
    let refusals = Mutex(TokenBucket(capacity: 50, perSecond: 5))
    let kept = Mutex(KeptSize())
    let keptExcess = Mutex(Excess())
    let letterExcess = Mutex(Excess())
    let droppedLetters = Mutex(0)
    let retentionClock = RetentionClock()

    /// Opens the file, creates it if it does not exist, and upgrades its tables. Transactions are counted and timed in `metrics`.
    public init(
        _ configuration: Configuration, board: WorkBoard = WorkBoard(), metrics: any MetricsFactory = MetricsSystem.factory,
        logger: Logger, now: @escaping TimeSource = { .now }
    ) throws(JournalError) {
        self.configuration = configuration
        portfolios = CurrentPortfolios(configuration.portfolios)
        self.board = board
        self.logger = logger
        self.now = now
        do {
            guard configuration.access != .readOnly else {
                file = nil
                reader = try JournalReader(path: configuration.path, now: now)
                return
            }
            let file = try JournalFile.open(
                configuration, portfolios: portfolios, unwritten: unwritten, board: board, signal: commitSignal,
                metrics: CommitMetrics(metrics), logger: logger,
                now: now)
            reader = JournalReader(
                file.reader, path: configuration.path, unwritten: configuration.access == .claimed ? unwritten : nil, now: now)
            self.file = file
        } catch let error as SQLiteError where !error.mayPass {
            throw JournalError(opening: configuration.path, error)
        } catch  where error is JournalError || error is StoreError || error is SQLiteError {
            throw JournalError(error).at(configuration.path)
        } catch {
            throw JournalError(.unusable, reason: "\(configuration.path): \(error)")
        }
    }

    /// Replaces the accounts that share user ids; what is stored from now on follows the new ones.
    public func replacePortfolios(by portfolios: Portfolios) { self.portfolios.replace(by: portfolios) }

    /// The state of the write-ahead log; nil if the journal is read-only.
    var log: LogHealth? { file?.log }

    /// Stores the new items of a delivery; returns when they are durable. This is one transaction if the delivery has at most a thousand
    /// items, or if a token authenticates it; otherwise one per thousand items: if one of these fails, the earlier ones are stored.
    ///
    /// With `token` the events belong to the person of that session, and nothing is stored if the token has no live session.
    public func accept(_ delivery: Delivery, _ events: [Event], provenBy token: Secret? = nil) async throws(JournalError) -> AcceptOutcome {
        guard token == nil, events.count > DeliveryParts.mostItems else {
            return try await write(.storing(delivery, items: events.count)) { try $0.accept(delivery, events, provenBy: token) }
        }
        return .taken(
            try await DeliveryParts.store(events) { part, progress throws(JournalError) in
                try await write(.storing(delivery, items: part.count)) { try $0.take(delivery, part, after: progress) }
            })
    }

    /// The most items of a delivery that are stored in one transaction, and may be handed to `submit`.
    public static let mostItemsTogether = DeliveryParts.mostItems

    /// Stores the new items of a delivery that a signature authenticates, in one transaction, without waiting for it. Once it is durable,
    /// `answer` is put into `queue`, with what `accept(_:_:provenBy:)` would return or throw.
    public func submit(
        _ delivery: Delivery, _ events: [Event], answeringInto queue: any AnswerQueue,
        answer: @escaping @Sendable (Result<AcceptOutcome, JournalError>) -> Void
    ) throws(JournalError) {
        try writable.committer.submit(.storing(delivery, items: events.count), answeringInto: queue) {
            try $0.accept(delivery, events, provenBy: nil)
        } answer: {
            answer($0.mapError { JournalError($0) })
        }
    }

    /// Opens or restores the session of a phone; nil if the phone cannot be read.
    public func start(_ request: StartRequest) async throws(JournalError) -> StartOutcome? {
        let now = now()
        return try await write(Work("starting a session")) { try $0.start(request, at: now) }
    }

    /// Ends the live session of a token and returns it; nil if there is none.
    public func end(_ token: Secret) async throws(JournalError) -> Session? {
        let now = now()
        return try await write(Work("ending a session")) { try $0.end(token, at: now) }
    }

    /// Ends a session for an operator and returns it; nil if it is not live.
    public func end(_ session: Session) async throws(JournalError) -> Session? {
        let now = now()
        return try await write(Work("ending a session")) { try $0.end(session, by: .operator, at: now) }
    }

    /// Writes `expired` into overdue sessions; returns their number. They are found outside the writer, and written some hundreds per
    /// transaction, so that messages are stored in between.
    public func expireOverdueSessions() async throws(JournalError) -> Int {
        let now = now()
        var count = 0
        var lines = SessionLogLines(logger)
        defer { lines.finish() }
        while true {
            let overdue = try await reader.overdueSessions(at: now, limit: 500)
            guard !overdue.isEmpty else { return count }
            let expired = try await write(Work("expiring sessions", items: overdue.count)) { try $0.expire(overdue, at: now) }
            for line in expired { lines.write(line) }
            count += expired.count
        }
    }

    /// Runs waiting writes, writes deferred session times, copies the log back and closes the file. Later calls throw `closed`.
    public func close() throws(JournalError) {
        commitSignal.finish()
        do { try file?.close() } catch { throw JournalError(error) }
    }

    func write<Value: Sendable>(
        _ work: Work = Work("writing to the journal"), _ body: @escaping @Sendable (JournalWriter) throws -> Value
    ) async throws(JournalError) -> Value {
        do { return try await writable.committer.write(work, body) } catch { throw JournalError(error) }
    }

    /// Runs a write in the next transaction without waiting for it; its failure has no effect on callers.
    func submit(_ work: Work, _ body: @escaping @Sendable (JournalWriter) throws -> Void) { file?.committer.submit(work, body) }

    private var writable: WritableFile<JournalWriter> {
        get throws(JournalError) {
            guard let file else { throw JournalError(.unavailable, reason: "this gateway serves with --read-only and stores nothing") }
            return file
        }
    }
}

extension Journal: Service {
    /// Sweeps and prunes until the gateway shuts down, then closes; everything that writes to the journal must have stopped before.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { if self.file != nil { try await self.tidy() } } catch {
                    // Work that the shutdown interrupts is continued at the next start.
                    if !Task.isCancelled {
                        self.logger.error("the periodic clean-up of the journal failed", metadata: ["error": "\(error)"])
                    }
                }
                try? await Task.sleep(for: self.configuration.sweepInterval)
            }
        }
        try? await writeTimes()
        try close()
    }

    private func tidy() async throws(JournalError) {
        let returned = try await returnSessionsToPresent()
        if returned > 0 {
            logger.warning(
                "sessions had times in the future and were corrected: a clock was ahead",
                metadata: ["session.count": .stringConvertible(returned)])
        }
        _ = try await expireOverdueSessions()
        let compressed = try await compressDeliveries()
        if compressed > 0 { logger.debug("deliveries compressed", metadata: ["delivery.count": .stringConvertible(compressed)]) }
        try await takeOverIndexes()
        try await listRows()
        let pruned = try await pruneDeliveries()
        if pruned > 0 { logger.debug("deliveries pruned", metadata: ["delivery.count": .stringConvertible(pruned)]) }
        let dropped = try await enforceSize()
        _ = try await pruneDeadLetters()
        if dropped > 0 {
            logger.notice(
                "deliveries were deleted because they exceeded journal.max_size", metadata: ["delivery.count": .stringConvertible(dropped)])
        }
    }
}
