import Synchronization

/// The writes that wait for the next transaction.
final class CommitQueue<Writer>: Sendable {
    private let waiting = Mutex(Waiting())
    private let capacity: Int
    private let widest: Int

    private struct Waiting {
        var writes: [any PendingWrite<Writer>] = []
        var isDraining = false
        var isClosed = false
    }

    /// `capacity` is the most writes that may wait; `widest` the most in one transaction, which bounds how long the first of them waits.
    init(capacity: Int, widest: Int) {
        self.capacity = capacity
        self.widest = widest
    }

    /// Appends a write; true if the caller must start draining the queue.
    func append(_ write: any PendingWrite<Writer>) -> Bool {
        let verdict: Result<Bool, StoreError> = waiting.withLock { waiting in
            if waiting.isClosed { return .failure(StoreError(.closed, "no more is written")) }
            if waiting.writes.count >= capacity { return .failure(StoreError(.overloaded, "\(capacity) writes are waiting")) }
            waiting.writes.append(write)
            defer { waiting.isDraining = true }
            return .success(!waiting.isDraining)
        }
        switch verdict {
        case .success(let mustDrain): return mustDrain
        case .failure(let error):
            write.fail(error)
            write.answersAreComplete()
            return false
        }
    }

    /// The writes of the next transaction; nil ends the draining.
    func next() -> [any PendingWrite<Writer>]? {
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

    /// Refuses all later writes; waiting ones are still run.
    func close() { waiting.withLock { $0.isClosed = true } }
}

/// Notifies listeners of commits.
public final class CommitSignal: Sendable {
    private let listeners = Mutex<[AsyncStream<Void>.Continuation]>([])
    private let once = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])

    /// A signal without listeners.
    public init() {}

    /// A stream that yields after commits; several commits between two reads are yielded once.
    public func makeStream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listeners.withLock { $0.append(continuation) }
        return stream
    }

    /// Calls `wake` once, on the writer's thread, after the next commit. A listener that still waits for a commit is kept once.
    public func onNext(for listener: ObjectIdentifier, _ wake: @escaping @Sendable () -> Void) {
        once.withLock { $0[listener] = wake }
    }

    func committed() {
        let wakes = once.withLock { once in
            defer { once.removeAll(keepingCapacity: true) }
            return Array(once.values)
        }
        for wake in wakes { wake() }
        listeners.withLock { listeners in
            listeners.removeAll { if case .terminated = $0.yield() { true } else { false } }
        }
    }

    /// Ends all streams.
    public func finish() {
        listeners.withLock {
            $0.removeAll {
                $0.finish(); return true
            }
        }
    }
}
