public import Watchdog

/// One caller's write, waiting for its turn in a transaction. `apply` may run again after a rollback; the caller is resumed once.
@usableFromInline
protocol PendingWrite<Writer>: AnyObject, Sendable {
    associatedtype Writer
    /// What the write does, for reports about what holds up the writer.
    var work: Work { get }
    func apply(to writer: Writer) throws
    func succeed()
    func fail(_ error: any Error)
    /// Called after all writes of a transaction have succeeded or failed.
    func answersAreComplete()
}

extension PendingWrite {
    @usableFromInline
    func answersAreComplete() {}
}

/// A write that returns a value. It is inlinable so that callers' modules specialize it for their types.
@usableFromInline
final class ValueWrite<Writer, Value: Sendable>: PendingWrite, @unchecked Sendable {
    // Unchecked: `value` is used only on the writer's thread.
    @usableFromInline let work: Work
    @usableFromInline var body: (@Sendable (Writer) throws -> Value)?
    @usableFromInline let continuation: CheckedContinuation<Result<Value, any Error>, Never>
    @usableFromInline var value: Value?

    @inlinable
    init(
        _ work: Work, _ body: @escaping @Sendable (Writer) throws -> Value,
        _ continuation: CheckedContinuation<Result<Value, any Error>, Never>
    ) {
        self.work = work
        self.body = body
        self.continuation = continuation
    }

    @inlinable
    func apply(to writer: Writer) throws { value = try body?(writer) }

    @inlinable
    func succeed() {
        // The caller's thread frees what the write holds, since that thread allocated it: freeing memory on other threads contends for
        // malloc's arenas.
        body = nil
        guard let value else { return fail(StoreError(.unavailable, "a write gave no value")) }
        continuation.resume(returning: .success(value))
    }

    @inlinable
    func fail(_ error: any Error) { continuation.resume(returning: .failure(error)) }
}

/// A write whose answer is put into a queue.
@usableFromInline
final class QueuedWrite<Writer, Value: Sendable>: PendingWrite, @unchecked Sendable {
    // Unchecked: the variables are used only on the writer's thread until the answer is in the queue, and only on the queue's thread
    // afterwards.
    @usableFromInline let work: Work
    @usableFromInline let queue: any AnswerQueue
    @usableFromInline var body: (@Sendable (Writer) throws -> Value)?
    @usableFromInline var answer: (@Sendable (Result<Value, any Error>) -> Void)?
    @usableFromInline var value: Value?

    @inlinable
    init(
        _ work: Work, _ body: @escaping @Sendable (Writer) throws -> Value, into queue: any AnswerQueue,
        _ answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        self.work = work
        self.body = body
        self.queue = queue
        self.answer = answer
    }

    @inlinable
    func apply(to writer: Writer) throws { value = try body?(writer) }

    @inlinable
    func succeed() {
        guard let value else { return fail(StoreError(.unavailable, "a write gave no value")) }
        put(.success(value))
    }

    @inlinable
    func fail(_ error: any Error) { put(.failure(error)) }

    @inlinable
    func answersAreComplete() { queue.wake() }

    @inlinable
    func put(_ result: Result<Value, any Error>) {
        queue.append {
            // The queue's thread frees what the write holds, since that thread allocated it: freeing memory on other threads contends for
            // malloc's arenas.
            let answer = self.answer
            self.body = nil
            self.answer = nil
            answer?(result)
        }
    }
}

/// A write that nobody waits for; its result is ignored.
final class ForgottenWrite<Writer>: PendingWrite {
    let work: Work
    private let body: @Sendable (Writer) throws -> Void

    init(_ work: Work, _ body: @escaping @Sendable (Writer) throws -> Void) {
        self.work = work
        self.body = body
    }

    func apply(to writer: Writer) throws { try body(writer) }
    func succeed() {}
    func fail(_ error: any Error) {}
}
