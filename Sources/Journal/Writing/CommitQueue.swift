import GRDB
import Synchronization

/// Collects writes while a transaction commits and does all of them in the next one: group commit.
///
/// The writer is GRDB's serial queue of the pool's write connection; it is asked once for any number of writes that come together.
final class CommitQueue: Sendable {
    private let waiting = Mutex(Waiting())
    private let capacity: Int
    private let widest: Int

    private struct Waiting {
        var writes: [any PendingWrite] = []
        var isDraining = false
        var isClosed = false
    }

    /// `capacity` is the most writes that may wait; `widest` the most in one transaction, which bounds how long the first waits.
    init(capacity: Int, widest: Int) {
        self.capacity = capacity
        self.widest = widest
    }

    /// Puts a write into the queue; true where the caller has to start a drain.
    func append(_ write: any PendingWrite) -> Bool {
        let verdict: Result<Bool, JournalError> = waiting.withLock { waiting in
            if waiting.isClosed { return .failure(JournalError(.closed, reason: "the journal is closing")) }
            if waiting.writes.count >= capacity {
                return .failure(JournalError(.overloaded, reason: "\(capacity) writes are waiting"))
            }
            waiting.writes.append(write)
            defer { waiting.isDraining = true }
            return .success(!waiting.isDraining)
        }
        switch verdict {
        case .success(let mustDrain): return mustDrain
        case .failure(let error):
            write.fail(error)
            return false
        }
    }

    /// The next transaction's writes; nil ends the drain.
    func next() -> [any PendingWrite]? {
        waiting.withLock { waiting in
            guard !waiting.writes.isEmpty else {
                waiting.isDraining = false
                return nil
            }
            guard waiting.writes.count > widest else {
                defer { waiting.writes = [] }
                return waiting.writes
            }
            defer { waiting.writes.removeFirst(widest) }
            return Array(waiting.writes.prefix(widest))
        }
    }

    /// Refuses whatever comes from now on; what waits is still done.
    func close() { waiting.withLock { $0.isClosed = true } }
}
