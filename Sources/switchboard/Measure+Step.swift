import ArgumentParser
import Journal
import Messaging
import Signing
import Synchronization

// One step alone, for a profiler: Tests/Benchmarks/instructions counts the instructions of two runs, one with twice the repetitions of the
// other, and divides the difference. All that is done once, such as starting the program, is in both counts and so in no figure.
extension Measure {
    /// What `--step` repeats.
    enum Step: String, CaseIterable, ExpressibleByArgument {
        /// Authenticates a delivery and reads its events.
        case read
        /// Stores a delivery that was read before, from a known phone, 64 deliveries a transaction.
        case store
    }

    /// So many deliveries are prepared, however few are used, so that their preparation is the same in all runs. The journal writes a run
    /// of keys after each 2,240 messages, so that half of the deliveries has one run.
    static var preparedDeliveries: Int { 4480 }

    /// Does the step as often as `repetitions` says, with the same deliveries and the same times in all runs. One delivery more is stored
    /// first, alone.
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

/// Stores deliveries exactly 64 a transaction, which callers on threads of their own cannot promise: on the writer's thread, it hands the
/// journal the next 64 as soon as those before are answered. The writer then looks for its next transaction and finds them all.
private final class FullTransactions: AnswerQueue {
    private let journal: Journal
    private let state: Mutex<State>
    private let (ended, end) = AsyncStream.makeStream(of: Never.self)

    private struct State {
        var rest: ArraySlice<(delivery: Delivery, events: [Event])>
        /// How many are handed over and not answered.
        var unanswered = 0
        var stored = 0
    }

    init(of work: ArraySlice<(delivery: Delivery, events: [Event])>, in journal: Journal) {
        self.journal = journal
        state = Mutex(State(rest: work))
    }

    /// Stores all of them and returns how many messages were new. The first is alone: its answer comes on the writer's thread.
    func store() async -> Int {
        submit(1)
        for await _ in ended {}
        return state.withLock { $0.stored }
    }

    func append(_ answer: @escaping @Sendable () -> Void) { answer() }

    /// Called once for each delivery of a transaction.
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
