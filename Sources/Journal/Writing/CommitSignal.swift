import Synchronization

/// Tells listeners that something was committed.
final class CommitSignal: Sendable {
    private let listeners = Mutex<[AsyncStream<Void>.Continuation]>([])

    /// A stream that remembers one commit while nobody asks.
    func makeStream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listeners.withLock { $0.append(continuation) }
        return stream
    }

    func committed() {
        listeners.withLock { listeners in
            listeners.removeAll { if case .terminated = $0.yield() { true } else { false } }
        }
    }

    func finish() {
        listeners.withLock {
            $0.removeAll {
                $0.finish(); return true
            }
        }
    }
}
