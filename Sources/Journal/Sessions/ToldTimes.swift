import Messaging
import SQLiteStore
import Synchronization

/// The times that follow from rows, for sessions whose times another process has not written yet. Each row is read only once, since tens of
/// thousands may be behind the position.
final class ToldTimes: Sendable {
    private let state = Mutex(State())

    /// Times derived since a number stay right until times move back, or other timeouts apply: then everything is read again.
    fileprivate struct State {
        /// The position when the first row was read.
        var start: SessionPosition?
        /// The number of the last row that was read.
        var last: Int64 = 0
        /// The latest moment of each session.
        var moments: [SessionID: Instant] = [:]
    }

    /// How far the position may move before everything is read again, without the sessions whose times are all written.
    fileprivate static let mostPassed: Int64 = 65_536

    /// The times of a session that follow from the rows of a snapshot, if any do.
    func times(of session: Session, _ db: Database) throws -> ActivityTimes? {
        let position = try SessionPosition(db)
        let last = try OutboxBacklog.lastSequence(db)
        let moment = try state.withLock { state in
            if !state.isGood(for: position, last) { state = State(start: position, last: position.sequence) }
            try state.read(db, after: position.sequence, to: last)
            return state.moments[session.id]
        }
        return moment.map { ActivityTimes(of: $0, on: session.channel, policy: position.policy) }
    }
}

extension ToldTimes.State {
    fileprivate func isGood(for position: SessionPosition, _ last: Int64) -> Bool {
        guard let start, start.since == position.since, start.policy == position.policy, last >= self.last else { return false }
        return (start.sequence...start.sequence + ToldTimes.mostPassed).contains(position.sequence)
    }

    fileprivate mutating func read(_ db: Database, after position: Int64, to end: Int64) throws {
        var moments = moments
        self.moments = [:]
        defer { self.moments = moments }
        try db.statement("SELECT session_id, moved_at FROM session_moves WHERE seq > ? AND seq <= ?").forEach({ row in
            row.integer(max(last, position))
            row.integer(end)
        }) { row in
            if let id: SessionID = row.id(0), let moment = row.instant(1) { moments[id] = max(moments[id] ?? moment, moment) }
            return true
        }
        last = end
    }
}
