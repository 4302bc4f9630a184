import Synchronization

/// The bytes of request bodies in memory, over all connections.
final class BodyMemory: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Reserves memory for `bytes` more; false if that exceeds the limit. The caller releases them when the request is answered.
    func take(_ bytes: Int) -> Bool {
        if used.wrappingAdd(bytes, ordering: .relaxed).newValue <= limit { return true }
        release(bytes)
        return false
    }

    func release(_ bytes: Int) { used.wrappingSubtract(bytes, ordering: .relaxed) }

    var bytes: Int { used.load(ordering: .relaxed) }
}
