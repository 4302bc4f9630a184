import ArgumentParser
import Journal
import Messaging
import Signing
import Synchronization

// Repeats a single step, for a profiler: Tests/Benchmarks/instructions counts the instructions of two runs, one with twice the repetitions
// of the other, and divides the difference. Everything that is done once, such as starting the program, is in both counts and therefore not
// in the result.
extension Measure {
    /// The step that `--step` repeats.
    enum Step: String, CaseIterable, ExpressibleByArgument {
        /// Authenticates a delivery and reads its events.
        case read
        /// Stores a delivery from a known phone that has been read before, 64 deliveries per transaction.
        case store
    }

    /// The number of deliveries that are prepared, however few are used, so that the preparation is the same in all runs. The journal
    /// writes a run of keys after each 2,240 messages, so that half of the deliveries causes one run.
    static var preparedDeliveries: Int { 4480 }

    /// Repeats the step `repetitions` times, with the same deliveries and the same times in all runs. One more delivery is stored first, in
    /// a transaction of its own.
    func repeatStep(_ step: Step, of account: Account, _ adapter: any ChannelAdapter) async throws {
        let start = Instant(milliseconds: 1_795_374_313_000)
        let deliveries = (0...Self.preparedDeliveries).map { index in
            let id = Array(Digest.sha256(Array("\(index)".utf8)).prefix(16))
            return delivery(index, of: account, signedBy: adapter, id: id, at: start.adding(.milliseconds(index)))
        }
        switch step {
        case .read:
            for delivery in deliveries.prefix(repetitions) {
                _ = try adapter.authenticate(delivery, at: delivery.receivedAt)
                _ = try adapter.events(in: delivery)
            }
            print("read: \(repetitions)")
        case .store:
            let work = try deliveries.map { (delivery: $0, events: try adapter.events(in: $0)) }
            let journal = try makeJournal("step", { $0.access = .claimed }, now: { start.adding(.seconds(60)) })
            let count = await FullTransactions(of: work.prefix(repetitions + 1), in: journal).store()
            try journal.close()
            print("stored: \(count)")
            guard count == repetitions + 1 else { throw ExitCode.failure }
        }
    }
}

/// Stores exactly 64 deliveries per transaction, which callers on other threads could not ensure: when the previous 64 have been answered,
/// it hands over the next 64 on the writer's thread. The writer then begins its next transaction and finds all of them.
private final class FullTransactions: AnswerQueue {
    private let journal: Journal
    private let state: Mutex<State>
    private let (ended, end) = AsyncStream.makeStream(of: Never.self)

    private struct State {
        var rest: ArraySlice<(delivery: Delivery, events: [Event])>
        /// The number of deliveries that were handed over and are not answered yet.
        var unanswered = 0
        var stored = 0
    }

    init(of work: ArraySlice<(delivery: Delivery, events: [Event])>, in journal: Journal) {
        self.journal = journal
        state = Mutex(State(rest: work))
    }

    /// Stores all deliveries and returns the number of new messages. The first one is stored alone, so that its answer arrives on the
    /// writer's thread.
    func store() async -> Int {
        submit(1)
        for await _ in ended {}
        return state.withLock { $0.stored }
    }

    func append(_ answer: @escaping @Sendable () -> Void) { answer() }

    /// Called once per delivery of a transaction.
    func wake() {
        let areAnswered = state.withLock { state in
            state.unanswered -= 1
            return state.unanswered == 0
        }
        if areAnswered { submit(64) }
    }

    private func submit(_ width: Int) {
        let next = state.withLock { state in
            let next = state.rest.prefix(width)
            state.rest = state.rest.dropFirst(width)
            state.unanswered = next.count
            return next
        }
        guard !next.isEmpty else { return end.finish() }
        for (delivery, events) in next {
            do throws(JournalError) {
                try journal.submit(delivery, events, answeringInto: self) { self.count($0) }
            } catch {
                wake()
            }
        }
    }

    private func count(_ result: Result<AcceptOutcome, JournalError>) {
        guard case .success(.taken(let receipt)) = result else { return }
        state.withLock { $0.stored += receipt.accepted }
    }
}
