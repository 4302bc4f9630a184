import Synchronization

/// Numbers at equal distances, from 1 on.
final class TestNumbers: Sendable {
    private let value = Mutex<UInt64>(1)
    private let step: UInt64

    init(step: UInt64) { self.step = step }

    func next() -> UInt64 {
        value.withLock { value in
            defer { value &+= step }
            return value
        }
    }
}
