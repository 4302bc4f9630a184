import Synchronization

/// A value that is created at its first use, and kept for the life of the process; concurrent callers wait.
public final class Once<Value: Sendable>: Sendable {
    private let make: @Sendable () async throws -> Value
    private let state = Mutex(State.untouched)

    private enum State {
        case untouched
        case beingMade
        case made(Result<Value, any Error>)
    }

    /// `make` runs once, at the first use of the value.
    public init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    /// The value, or the error of its creation.
    public func value() async throws -> Value {
        let isFirst = state.withLock { state in
            guard case .untouched = state else { return false }
            state = .beingMade
            return true
        }
        if isFirst {
            let result: Result<Value, any Error>
            do { result = .success(try await make()) } catch { result = .failure(error) }
            state.withLock { $0 = .made(result) }
        }
        return try await waiting(for: "a shared part", seconds: 600) {
            if case .made(let result) = state.withLock({ $0 }) { try result.get() } else { nil }
        }
    }
}
