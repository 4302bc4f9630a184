import Logging
import Messaging
import SQLiteStore
import Signing

/// Does the writes of one transaction after the other, all on the writer's connection: what it knows in memory is what is in the file.
///
/// Every method may throw at any point: the committer rolls back then and calls `forget`.
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
    /// What the transaction has stored so far.
    var stored = StoredCounts()
    /// Which kept deliveries have the bytes of the one that is being stored.
    var sameDeliveries = SameDeliveries()
    /// Whether the row of the item that is being stored will tell more than the item moves.
    var movesLess = false
    /// The sessions that the transaction opened or ended, where nobody else tells of it.
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
    /// When the transaction began.
    private var beganAt = Instant(milliseconds: 0)

    /// `capacity` is how much of the contacts is kept in memory, `keySizes` how much of the keys; `rangeWidth` is how many numbers a range of ids
    /// has; `formLimits` says when forms of deliveries are made; `patience` is how long times of sessions may wait, in `unwritten`.
    init(
        _ db: Database, adapters: [AdapterKind: AdapterTraits], policy: SessionPolicy, portfolios: Portfolios,
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
        // Before the file is read: what another connection writes from now on is seen by the first transaction.
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
        probeStatement = try PreparedStatement(
            db, "INSERT INTO probes (id, probed_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET probed_at = excluded.probed_at")
    }

    /// Begins a transaction's work: what another process wrote since the last one makes memory worthless. False where times of sessions, keys, or
    /// ranges of ids have to be written first, which are too many for one transaction.
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

    /// Ends a transaction's work: times of sessions that may not wait any longer are written, and keys and ranges of ids of which there are enough.
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

    /// Makes room in memory within a transaction that goes on; no record may be in use.
    func makeRoom() { directory.makeRoom() }

    /// Forgets everything: after a transaction that failed, wherever it failed, only the file says what is stored.
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

    /// Writes times of sessions that wait.
    func finish() throws { try times.finish(through: sequence.last) }

    /// Writes one row, to see whether it can be done.
    func writeProbe(at now: Instant) throws { try probeStatement.run { $0.instant(now) } }

    func nextID<Subject>(at now: Instant) -> Identifier<Subject> { ids.next(at: now) }

    /// A moment that a capture tells, or now where it tells of the future: nobody's session is over because of it.
    func present(_ moment: Instant) -> Instant { min(moment, beganAt) }

    /// The person did something at `instant`; `isTold` says that a row of this transaction tells that moment.
    func touch(_ record: ContactRecord, at instant: Instant, isTold: Bool = false) {
        guard var session = record.session else { return }
        times.touch(&session, at: instant, isTold: isTold)
        record.session = session
    }
}

/// The one generator of a writer's identifiers, shared by those who make rows.
private final class IdentifierSource {
    private var generator = IdentifierGenerator { SecureRandom.bytes($0) }

    func next<Subject>(at now: Instant) -> Identifier<Subject> { generator.next(at: now) }
}
