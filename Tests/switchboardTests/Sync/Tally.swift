import Synchronization

/// The number of messages sent, and the acknowledged ids.
final class Tally: Sendable {
    private let book = Mutex((sent: 0, acknowledged: Set<String>()))

    var sent: Int { book.withLock { $0.sent } }
    var acknowledged: Set<String> { book.withLock { $0.acknowledged } }

    func acknowledge(_ id: String) { book.withLock { _ = $0.acknowledged.insert(id) } }
    func send() { book.withLock { $0.sent += 1 } }
}
