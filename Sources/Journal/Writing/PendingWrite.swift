import Watchdog

/// One caller's write, waiting for its turn in a transaction. `apply` may run again after a rollback; the caller is resumed once.
protocol PendingWrite: AnyObject, Sendable {
    /// What it does, for whoever asks what holds up the writer.
    var work: Work { get }
    func apply(to writer: JournalWriter) throws
    func succeed()
    func fail(_ error: JournalError)
}

/// A write that gives a value.
final class ValueWrite<Value: Sendable>: PendingWrite, @unchecked Sendable {
    // Unchecked: `value` is touched by the writer's thread alone.
    let work: Work
    private var body: (@Sendable (JournalWriter) throws -> Value)?
    private let continuation: CheckedContinuation<Result<Value, JournalError>, Never>
    private var value: Value?

    init(
        _ work: Work, _ body: @escaping @Sendable (JournalWriter) throws -> Value,
        _ continuation: CheckedContinuation<Result<Value, JournalError>, Never>
    ) {
        self.work = work
        self.body = body
        self.continuation = continuation
    }

    func apply(to writer: JournalWriter) throws { value = try body?(writer) }

    func succeed() {
        // What the write holds is freed by its caller's thread, which allocated it: frees across threads contend for malloc's arenas.
        body = nil
        guard let value else { return fail(JournalError(.unavailable, reason: "a write gave no value")) }
        continuation.resume(returning: .success(value))
    }

    func fail(_ error: JournalError) { continuation.resume(returning: .failure(error)) }
}

/// A write that nobody waits for: what becomes of it changes nothing.
final class ForgottenWrite: PendingWrite {
    let work: Work
    private let body: @Sendable (JournalWriter) throws -> Void

    init(_ work: Work, _ body: @escaping @Sendable (JournalWriter) throws -> Void) {
        self.work = work
        self.body = body
    }

    func apply(to writer: JournalWriter) throws { try body(writer) }
    func succeed() {}
    func fail(_ error: JournalError) {}
}
