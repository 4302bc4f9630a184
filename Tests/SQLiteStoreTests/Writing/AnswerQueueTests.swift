import Synchronization
import Testing
import Watchdog

@testable import SQLiteStore

@Suite("Answers that are put into a queue")
struct AnswerQueueTests {
    @Test("All answers of a transaction are in the queue before it is woken, and each belongs to its own write")
    func together() async throws {
        let store = try TemporaryStore()
        let queue = RecordingQueue()
        try await store.whileWriting { for id in Int64(1)...10 { submit(id, to: store, queue) } }
        // The first of these writes may share a transaction with the others, and return before the queue is woken.
        for id in Int64(11)...12 { try await store.write(id) }
        #expect(queue.waiting.first == 10)
        queue.giveAll()
        #expect(queue.given == (1...10).map { "written \($0)" })
        #expect(try store.ids() == Array(1...12))
    }

    @Test("A refused write is answered with its error, its neighbours with their results")
    func refused() async throws {
        let store = try TemporaryStore()
        try await store.write(2)
        let queue = RecordingQueue()
        try await store.whileWriting { for id in Int64(1)...3 { submit(id, to: store, queue) } }
        try await store.write(4)
        queue.giveAll()
        #expect(queue.given == ["written 1", "DatabaseError", "written 3"])
    }

    @Test("A write that finds the queue full, or the file closed, is answered through the queue as well")
    func overloaded() async throws {
        let store = try TemporaryStore { $0.waitingWrites = 1 }
        let queue = RecordingQueue()
        try await store.whileWriting { for id in Int64(1)...2 { submit(id, to: store, queue) } }
        try store.file.close()
        submit(3, to: store, queue)
        queue.giveAll()
        #expect(queue.given == ["StoreError", "written 1", "StoreError"])
        #expect(queue.waiting.allSatisfy { $0 > 0 })
    }

    private func submit(_ id: Int64, to store: TemporaryStore, _ queue: RecordingQueue) {
        store.file.committer.submit(Work("writing a note"), answeringInto: queue) { writer in
            try writer.insert(id, "", author: nil)
            return id
        } answer: { result in
            switch result {
            case .success(let id): queue.note("written \(id)")
            case .failure(let error): queue.note("\(type(of: error))")
            }
        }
    }
}

/// Keeps answers until a test delivers them.
private final class RecordingQueue: AnswerQueue {
    private let state = Mutex(State())

    private struct State {
        var answers: [@Sendable () -> Void] = []
        var waiting: [Int] = []
        var given: [String] = []
    }

    /// The number of answers in the queue each time it was woken.
    var waiting: [Int] { state.withLock { $0.waiting } }
    var given: [String] { state.withLock { $0.given } }

    func append(_ answer: @escaping @Sendable () -> Void) { state.withLock { $0.answers.append(answer) } }
    func wake() { state.withLock { $0.waiting.append($0.answers.count) } }
    func note(_ what: String) { state.withLock { $0.given.append(what) } }

    func giveAll() {
        let answers = state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
        for answer in answers { answer() }
    }
}
