import Synchronization

/// A value that is made when it is first asked for, and kept for the life of the process; whoever asks meanwhile waits.
public final class Once<Value: Sendable>: Sendable {
    private let make: @Sendable () async throws -> Value
    private let state = Mutex(State.untouched)

    private enum State {
        case untouched
        case beingMade
        case made(Result<Value, any Error>)
    }

    /// `make` runs once, when the value is first asked for.
    public init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    /// The value, or the error that making it gave.
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
        return try await waiting(for: "a shared part", seconds: 120) {
            if case .made(let result) = state.withLock({ $0 }) { try result.get() } else { nil }
        }
    }
}
