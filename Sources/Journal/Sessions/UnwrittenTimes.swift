import Messaging
import Synchronization

/// The times of sessions that `sessions` lacks, as of the last commit: the writer writes them later, the readers of this process complete by
/// them what they read.
final class UnwrittenTimes: Sendable {
    private let state = Mutex(State())

    private struct State {
        var times: [SessionID: ActivityTimes] = [:]
        /// How often some of them were written, or read anew.
        var writes = 0
        var isPositionBehind = false
    }

    /// The times that wait to be written.
    subscript(_ id: SessionID) -> ActivityTimes? { state.withLock { $0.times[id] } }

    var count: Int { state.withLock { $0.times.count } }

    /// The sessions whose times wait.
    var ids: [SessionID] { state.withLock { Array($0.times.keys) } }

    /// Whether a write would bring anything: times that wait, or a position that can move.
    var isAnythingLeft: Bool { state.withLock { !$0.times.isEmpty || $0.isPositionBehind } }

    /// To be handed to `complete`.
    var writes: Int { state.withLock { $0.writes } }

    /// Completes a session that was read after `writes` was asked; false where it has to be read again, since some were written meanwhile.
    func complete(_ session: inout Session, since writes: Int) -> Bool {
        let (times, isSure) = state.withLock { ($0.times[session.id], $0.writes == writes) }
        session.take(times)
        return isSure || times != nil
    }

    /// A transaction is durable that wrote the times of some sessions and has left those of others to wait.
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

    /// The file was read anew.
    func replace(by times: [SessionID: ActivityTimes]) {
        state.withLock { state in
            state.times = times
            state.writes += 1
        }
    }
}
