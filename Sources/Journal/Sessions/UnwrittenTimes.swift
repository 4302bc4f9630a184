import Messaging
import Synchronization

/// The session times that `sessions` lacks as of the last commit: the writer writes them later, and the readers of this process add them to
/// the sessions that they read.
final class UnwrittenTimes: Sendable {
    private let state = Mutex(State())

    private struct State {
        var times: [SessionID: ActivityTimes] = [:]
        /// The number of times that some of them were written, or read again.
        var writes = 0
        var isPositionBehind = false
    }

    /// The deferred times of a session.
    subscript(_ id: SessionID) -> ActivityTimes? { state.withLock { $0.times[id] } }

    var count: Int { state.withLock { $0.times.count } }

    /// The sessions with deferred times.
    var ids: [SessionID] { state.withLock { Array($0.times.keys) } }

    /// Whether a write would have an effect: there are deferred times, or the position can move.
    var isAnythingLeft: Bool { state.withLock { !$0.times.isEmpty || $0.isPositionBehind } }

    /// A value to be passed to `complete`.
    var writes: Int { state.withLock { $0.writes } }

    /// Adds the deferred times to a session that was read after `writes` was called; false if it must be read again, since some times were
    /// written meanwhile.
    func complete(_ session: inout Session, since writes: Int) -> Bool {
        let (times, isSure) = state.withLock { ($0.times[session.id], $0.writes == writes) }
        session.take(times)
        return isSure || times != nil
    }

    /// Called after a commit that wrote the times of some sessions and deferred those of others.
    func commit(written: Set<SessionID>, waiting: [SessionID: ActivityTimes], isPositionBehind: Bool) {
        state.withLock { state in
            if !written.isEmpty {
                for id in written { state.times.removeValue(forKey: id) }
                state.writes += 1
            }
            for (id, times) in waiting { state.times[id] = times }
            state.isPositionBehind = isPositionBehind
        }
    }

    /// Called after the file was read again.
    func replace(by times: [SessionID: ActivityTimes]) {
        state.withLock { state in
            state.times = times
            state.writes += 1
        }
    }
}
