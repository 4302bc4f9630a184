import Logging
import Messaging
import SQLiteStore
import Signing

/// Performs the writes of one transaction at a time, on the writer's connection. Its state in memory always equals the file.
/// Every method may throw at any point; the committer then rolls the transaction back and calls `forget`.
final class JournalWriter: TransactionWriter {
    let policy: SessionPolicy
    let directory: ContactDirectory
    let forms: FormTable
    let deliveries: DeliveryTable
    let blocks: BlockTable
    let refused: RefusedTable
    let messages: MessageTable
    let statuses: StatusTable
    let events: EventTable
    let deadLetters: DeadLetterTable
    let differences: DifferenceTable
    let keys: StoredKeys
    let idRanges: IDRangeTable
    let movedRows: MovedRows
    let known: KnownItems
    let sessions: SessionTable
    let times: SessionTimes
    let changes: ChangeTable
    let positions: PositionTable
    let lists: ListTable
    let actions: ActionTable
    /// The counts of what the transaction has stored so far.
    var stored = StoredCounts()
    /// The kept deliveries that have been compared with the one that is being stored.
    var sameDeliveries = SameDeliveries()
    /// Whether the row of the item that is being stored will contain a time that does not move its session.
    var movesLess = false
    /// The sessions that the transaction opened or ended, if no other code logs them.
    let notes = SessionNotes()

    let sequence: LogSequence
    private let ids: IdentifierSource
    private let metrics: CommitMetrics
    private var differenceLog: DifferenceLog
    private let logger: Logger
    private let now: TimeSource
    private let dataVersionStatement: PreparedStatement
    private let probeStatement: PreparedStatement
    private var lastDataVersion: Int64?
    /// The time at which the transaction began.
    private var beganAt = Instant(milliseconds: 0)

    /// `capacity` limits the contacts in memory, and `keySizes` the keys; `rangeWidth` is how many row numbers a range of ids covers;
    /// `formLimits` decides when forms of deliveries are made; `patience` is how long session times may stay in `unwritten`.
    init(
        _ db: Database, adapters: [AdapterKind: AdapterTraits], policy: SessionPolicy, portfolios: CurrentPortfolios,
        capacity: ContactCache.Capacity, keySizes: KeySizes, rangeWidth: Int64, formLimits: FormLimits, patience: SessionTimes.Patience,
        unwritten: UnwrittenTimes, metrics: CommitMetrics, logger: Logger, now: @escaping TimeSource
    ) throws {
        let ids = IdentifierSource()
        self.ids = ids
        self.policy = policy
        self.metrics = metrics
        differenceLog = DifferenceLog(logger)
        self.logger = logger
        self.now = now
        dataVersionStatement = try PreparedStatement(db, "PRAGMA data_version")
        // Read this before the rest of the file, so that the first transaction notices whatever another connection writes from now on.
        lastDataVersion = try dataVersionStatement.first { $0.integer(0) }
        sequence = try LogSequence(db)
        try sequence.begin()
        changes = try ChangeTable(db, sequence)
        times = try SessionTimes(db, after: sequence.last, policy: policy, patience: patience, unwritten: unwritten)
        sessions = try SessionTable(db, changes, notes, times)
        directory = try ContactDirectory(
            db, sessions: sessions, changes: changes, portfolios: portfolios, capacity: capacity
        ) { ids.next(at: $0) }
        forms = try FormTable(db, formLimits)
        deliveries = try DeliveryTable(db, sequence, forms, adapters)
        blocks = try BlockTable(db)
        refused = try RefusedTable(db, adapters)
        keys = try StoredKeys(db, keySizes)
        idRanges = try IDRangeTable(db, width: rangeWidth)
        movedRows = try MovedRows(db)
        messages = try MessageTable(db, sequence, keys)
        statuses = try StatusTable(db, sequence, keys, adapters)
        events = try EventTable(db, sequence, keys)
        deadLetters = try DeadLetterTable(db, sequence)
        differences = try DifferenceTable(db)
        known = try KnownItems(db, keys, adapters)
        positions = try PositionTable(db)
        lists = try ListTable(db)
        actions = try ActionTable(db)
        probeStatement = try PreparedStatement(
            db, "INSERT INTO probes (id, probed_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET probed_at = excluded.probed_at")
    }

    /// Begins a transaction. If another process has written since the last one, everything in memory is dropped. False if session times,
    /// keys or ranges of ids must be written first, which are too many for one transaction.
    func begin() throws -> Bool {
        stored.reset()
        notes.clear()
        let version = try dataVersionStatement.first { $0.integer(0) }
        let isForeign = version != lastDataVersion
        if isForeign {
            directory.forget()
            sequence.forget()
            keys.forget()
            idRanges.forget()
            forms.forget()
        }
        directory.makeRoom()
        try sequence.begin()
        let isReady = try times.begin(after: sequence.last, isForeign: isForeign)
        lastDataVersion = version
        guard try isReady && keys.begin(after: sequence) && idRanges.begin(after: sequence.last) else { return false }
        beganAt = now()
        changes.begin(at: beganAt)
        return true
    }

    /// Ends a transaction: writes the session times that must not wait any longer, and keys and ranges of ids if there are enough of them.
    func flush() throws {
        try times.flush(through: sequence.last)
        try keys.writeDueRuns()
        try idRanges.writeDueRanges(through: sequence.last)
    }

    func committed(writes count: Int, in duration: Duration) {
        times.commit(through: sequence.last)
        keys.committed()
        guard count > 0 else { return }
        metrics.committed(writes: count, in: duration, stored)
        differenceLog.tell(stored.differences, at: beganAt)
        notes.tell(logger)
    }

    /// Makes room in the contact cache during a transaction; no record may be in use.
    func makeRoom() { directory.makeRoom() }

    /// Drops all state in memory after a failed transaction: wherever it failed, only the file shows what is stored.
    func forget() {
        times.forget()
        notes.clear()
        directory.forget()
        sequence.forget()
        keys.forget()
        idRanges.forget()
        forms.forget()
        sameDeliveries = SameDeliveries()
    }

    var isFinished: Bool { times.isFinished }

    /// Writes session times that are still unwritten.
    func finish() throws { try times.finish(through: sequence.last) }

    /// Writes one row to check that the file is writable.
    func writeProbe(at now: Instant) throws { try probeStatement.run { $0.instant(now) } }

    func nextID<Subject>(at now: Instant) -> Identifier<Subject> { ids.next(at: now) }

    /// A reported time, or now if that time is in the future, so that a wrong time cannot make a session last longer.
    func present(_ moment: Instant) -> Instant { min(moment, beganAt) }

    /// Moves the contact's session to `instant`, at which the person was active. `isTold` says that a row of this transaction contains this
    /// time, so that the session's own row can be written later.
    func touch(_ record: ContactRecord, at instant: Instant, isTold: Bool = false) {
        guard var session = record.session else { return }
        times.touch(&session, at: instant, isTold: isTold)
        record.session = session
    }
}

/// The writer's only generator of identifiers, shared by everything that creates rows.
private final class IdentifierSource {
    private var generator = IdentifierGenerator { SecureRandom.bytes($0) }

    func next<Subject>(at now: Instant) -> Identifier<Subject> { generator.next(at: now) }
}
