import Synchronization

/// Bytes of request bodies that are held at once, over all connections.
final class BodyMemory: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Whether so many more bytes may be held; the caller gives them back when the request is answered.
    func take(_ bytes: Int) -> Bool {
        if used.wrappingAdd(bytes, ordering: .relaxed).newValue <= limit { return true }
        release(bytes)
        return false
    }

    func release(_ bytes: Int) { used.wrappingSubtract(bytes, ordering: .relaxed) }

    var bytes: Int { used.load(ordering: .relaxed) }
}
