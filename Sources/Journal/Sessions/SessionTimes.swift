import Messaging
import SQLiteStore

/// The session times that the writer has not written yet: decides when they are written, and keeps them until then (Docs/Decisions/0013).
/// They can be derived from the file at each commit: the times of an active session are those of its row, or those that follow from the
/// rows after `session_positions`, if these are later.
final class SessionTimes {
    /// How long writing the times may be deferred.
    struct Patience: Sendable {
        /// The number of rows after which a round begins, in which all times deferred so far are written; with 0 each transaction writes
        /// all times.
        var rows: Int
        /// The number of sessions of a round that are written with each transaction, or as many as the transaction has rows.
        var portion: Int
        /// The number of sessions that a transaction of its own writes while other writes wait: some hundreds.
        var piece: Int { portion * 4 }
        /// The most sessions that a transaction writes if it would have to write all.
        var most: Int { portion * 32 }
    }

    private let patience: Patience
    private let policy: SessionPolicy
    /// The deferred times as of the last commit.
    private let unwritten: UnwrittenTimes
    private let db: Database
    private let readStatement: PreparedStatement
    private let writeStatement: PreparedStatement
    private let positionStatement: PreparedStatement
    private let leaveOutStatement: PreparedStatement
    private let removedStatement: PreparedStatement

    // The times that the open transaction has changed.
    private var touched: [SessionID: ActivityTimes] = [:]
    /// The sessions among them whose times do not follow from rows.
    private var untold: Set<SessionID> = []
    private var written: Set<SessionID> = []
    private var round: Round
    /// Whether times move back, so that stored rows would give later times than the right ones.
    private var movesBack = false
    private var firstSequence: Int64 = 0

    // The round as of the last commit.
    private var committedRound: Round
    private var lastSequence: Int64 = 0
    /// Whether the values in memory agree with the file.
    private var isKnown = false
    private var mustReadAgain = false
    /// Whether rows may have been removed by SQL since the last commit.
    private var mayLackRows = true

    /// Sessions whose times are being written, in the order of their ids.
    private struct Round {
        /// The position in the file.
        var position: SessionPosition
        /// The position once all of them are written.
        var end: Int64 = 0
        var sessions: [SessionID] = []
        var next = 0

        var isOver: Bool { next >= sessions.count }
    }

    /// `sequence` is the last number in use.
    init(_ db: Database, after sequence: Int64, policy: SessionPolicy, patience: Patience, unwritten: UnwrittenTimes) throws {
        self.db = db
        self.policy = policy.inMilliseconds
        self.patience = patience
        self.unwritten = unwritten
        readStatement = try PreparedStatement(db, "SELECT session_id, last_activity, expires_at FROM unwritten_times")
        writeStatement = try PreparedStatement(
            db,
            """
            UPDATE sessions SET last_activity = max(last_activity, ?), expires_at = max(expires_at, ?) \
            WHERE session_id = ? AND status = 'active'
            """)
        positionStatement = try PreparedStatement(db, SessionPosition.update)
        leaveOutStatement = try PreparedStatement(db, "INSERT OR IGNORE INTO unmoving_rows (seq) VALUES (?)")
        removedStatement = try PreparedStatement(db, "DELETE FROM unmoving_rows WHERE seq > ?")
        round = Round(position: try SessionPosition(db))
        committedRound = round
        try read()
        (lastSequence, isKnown, mayLackRows) = (sequence, true, true)
    }

    /// Begins a transaction; `sequence` was the last number before it. `isForeign` says that another connection has written since the last
    /// one. Returns false if it wrote some of the deferred times, and the transaction must be committed with these alone.
    func begin(after sequence: Int64, isForeign: Bool) throws -> Bool {
        discard()
        firstSequence = sequence
        if isForeign { mustReadAgain = true }
        if !isKnown, !mustReadAgain {
            // A commit that reported a failure may have succeeded.
            mustReadAgain = try sequence != lastSequence || SessionPosition(db) != committedRound.position
        }
        if mustReadAgain {
            try read()
            mayLackRows = true
        }
        // Removed rows release their numbers, which are then used again.
        if mayLackRows { try removedStatement.run { $0.integer(sequence) } }
        mustReadAgain = false
        isKnown = true
        lastSequence = sequence
        return try !writeAhead()
    }

    /// If the transaction would have to write more of the deferred times than allowed, some of them are written in a transaction of their
    /// own first; false if so. Thus no transaction delays others for long.
    private func writeAhead() throws -> Bool {
        guard patience.rows == 0 || round.position.policy != policy, unwritten.count > patience.most else { return false }
        for id in waitingSessions.prefix(patience.most) { try write(id) }
        return true
    }

    /// Reads the deferred times from the file.
    private func read() throws {
        let position = try SessionPosition(db)
        var times: [SessionID: ActivityTimes] = [:]
        try readStatement.forEach { row in
            if let id: SessionID = row.id(0), let lastActivity = row.instant(1), let expiresAt = row.instant(2) {
                times[id] = ActivityTimes(lastActivity: lastActivity, expiresAt: expiresAt)
            }
            return true
        }
        unwritten.replace(by: times)
        round = Round(position: position)
        committedRound = round
    }

    /// Adds the deferred times to a session that was read from the file.
    func complete(_ session: Session?) -> Session? {
        guard var session else { return nil }
        session.take(waiting(session.id))
        return session
    }

    private func waiting(_ id: SessionID) -> ActivityTimes? { touched[id] ?? (written.contains(id) ? nil : unwritten[id]) }

    /// Moves a session to the time of an action. `isTold` says that a row of this transaction contains this time.
    func touch(_ session: inout Session, at moment: Instant, isTold: Bool) {
        let before = ActivityTimes(session)
        session.touch(at: moment, policy: policy)
        let times = ActivityTimes(session)
        guard times != before else { return }
        let isDerived = isTold && times == before.joined(with: ActivityTimes(of: moment, on: session.channel, policy: policy))
        touched[session.id] = times
        if !isDerived { untold.insert(session.id) }
    }

    /// Marks that the row with this number contains a later time than the one to which its item has moved the session, so that no times are
    /// derived from it.
    func leaveOut(_ sequence: Int64) throws { try leaveOutStatement.run { $0.integer(sequence) } }

    /// Marks that the transaction sets session times to earlier ones than follow from rows; from then on these rows are before the
    /// position.
    func moveBack() { movesBack = true }

    /// Marks that the row of a session was written with its times.
    func wasWritten(_ id: SessionID) {
        touched.removeValue(forKey: id)
        untold.remove(id)
        written.insert(id)
    }

    /// Writes the deferred times of a session, if there are any.
    @discardableResult
    func write(_ id: SessionID) throws -> Bool {
        guard let times = waiting(id) else { return false }
        try writeStatement.run { row in
            row.instant(times.lastActivity)
            row.instant(times.expiresAt)
            row.id(id)
        }
        wasWritten(id)
        return true
    }

    /// Ends a transaction, whose last number is `sequence`.
    func flush(through sequence: Int64) throws {
        // Removed rows release their numbers, which are then used again.
        let isAhead = round.position.sequence > firstSequence
        let isNew = movesBack || isAhead || round.position.policy != policy
        if isNew || patience.rows == 0 { return try writeEverything(through: sequence, isNew: isNew) }
        if !untold.isEmpty { for id in untold.sorted() { try write(id) } }
        if round.isOver, sequence - round.position.sequence >= Int64(patience.rows) { beginRound(through: sequence) }
        if sequence > firstSequence || !round.isOver { try writePortion(max(patience.portion, Int(sequence - firstSequence))) }
    }

    /// `isNew` says that rows up to here would give other times than the sessions have.
    private func writeEverything(through sequence: Int64, isNew: Bool) throws {
        for id in waitingSessions { try write(id) }
        var position = round.position
        (position.sequence, position.policy) = (sequence, policy)
        if isNew { position.since = sequence }
        if position != round.position { try save(position) }
        round = Round(position: position)
    }

    /// In the order of their ids, which is the order of the table's pages.
    private var waitingSessions: [SessionID] {
        var ids = Set(unwritten.ids)
        ids.formUnion(touched.keys)
        return ids.subtracting(written.subtracting(touched.keys)).sorted()
    }

    private func beginRound(through sequence: Int64) {
        round.sessions = waitingSessions
        round.next = 0
        round.end = sequence
    }

    /// Writes this many sessions of a round. At the round's end the position moves.
    private func writePortion(_ most: Int) throws {
        guard round.end > round.position.sequence else { return }
        var count = 0
        while count < most, !round.isOver {
            if try write(round.sessions[round.next]) { count += 1 }
            round.next += 1
        }
        guard round.isOver else { return }
        var position = round.position
        position.sequence = round.end
        try save(position)
        round = Round(position: position)
    }

    private func save(_ position: SessionPosition) throws { try positionStatement.run { position.write(to: &$0) } }

    /// Writes some of the times that were deferred up to the number `sequence`; true once all of them are written.
    func writeSome(through sequence: Int64) throws -> Bool {
        if round.isOver, round.position.sequence < sequence { beginRound(through: sequence) }
        try writePortion(patience.piece)
        return round.position.sequence >= sequence
    }

    /// Writes some of the deferred times before the file is closed.
    func finish(through sequence: Int64) throws {
        guard round.position.sequence >= sequence else { return _ = try writeSome(through: sequence) }
        for id in waitingSessions.prefix(patience.piece) { try write(id) }
    }

    /// Whether a close has nothing left to write. A process that writes all times with each transaction leaves the rest to the gateway or
    /// its next start.
    var isFinished: Bool { patience.rows == 0 || !unwritten.isAnythingLeft }

    /// Called after a commit; `sequence` was the last number of the transaction.
    func commit(through sequence: Int64) {
        unwritten.commit(
            written: written, waiting: touched, isPositionBehind: round.position.sequence < sequence)
        committedRound = round
        lastSequence = sequence
        mayLackRows = false
        clear()
    }

    /// Called after a failed transaction. Times that were deferred before it still are, unless the file differs at the next one.
    func forget() {
        discard()
        isKnown = false
    }

    private func discard() {
        round = committedRound
        clear()
    }

    private func clear() {
        touched.removeAll(keepingCapacity: true)
        untold.removeAll(keepingCapacity: true)
        written.removeAll(keepingCapacity: true)
        movesBack = false
    }
}

extension SessionPolicy {
    /// The policy with times in milliseconds, as they are stored.
    fileprivate var inMilliseconds: SessionPolicy {
        func whole(_ duration: Duration) -> Duration { .milliseconds(duration.wholeMilliseconds) }
        return SessionPolicy(idleTimeout: whole(idleTimeout), idleTimeouts: idleTimeouts.mapValues(whole))
    }
}
