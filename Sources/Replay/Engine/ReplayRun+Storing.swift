import Journal
import Messaging

extension ReplayRun {
    /// Stores the captures in a journal, as if they came now, with the time at which they were received. Adapters work beside the writer.
    /// Throws the journal's errors.
    public mutating func store(in journal: Journal, tell: Tell) async throws {
        let events = events
        var run = self
        defer { self = run }
        var feed = run
        // One that is worked on and one that waits for the writer, which is the slower: more would only take memory.
        try await inOrder(width: 2) {
            await feed.nextBlock()
        } work: { block in
            (block.source, block.items().map { ReadItem($0, events) })
        } consume: { source, items in
            // A block that was read before it was stopped would take the place beyond what was not stored.
            guard run.isComplete else { return }
            for group in run.groups(items) {
                guard try await run.store(group, of: source, in: journal, tell: tell) else { return }
            }
        }
        run.isComplete = run.isComplete && feed.isComplete
    }

    /// What is stored together: the whole block, or one delivery at a time where they are spaced.
    private func groups(_ items: [ReadItem]) -> [[ReadItem]] { pace.isUnlimited ? [items] : items.map { [$0] } }

    /// False where it was stopped while it waited, or before it had to.
    private mutating func store(_ items: [ReadItem], of source: Int, in journal: Journal, tell: Tell) async throws -> Bool {
        guard await isDue(items) else {
            isComplete = false
            return false
        }
        var outcomes = try await journal.accept(items.compactMap(\.delivery)).makeIterator()
        for item in items {
            switch item.result {
            case .skipped: summary.countSkipped()
            case .problem(let problem):
                summary.countProblem()
                tell(.problem(problem))
            case .refused(let capture, let refusal): count(.refused(refusal), of: capture, tell: tell)
            case .read(let capture, _): count(outcomes.next().map { ReplayOutcome($0) } ?? .refused(.unknown), of: capture, tell: tell)
            }
        }
        if let last = items.last { tell(.reached(ReplayPlace(source: source, point: last.end))) }
        return true
    }

    /// Waits for the time of what is spaced; false where it was stopped before. What is no delivery has no time and is due at once.
    private mutating func isDue(_ items: [ReadItem]) async -> Bool {
        guard !pace.isUnlimited else { return true }
        guard let capture = items.first?.capture else { return !isStopped() }
        return await wait(until: pace.due(receivedAt: capture.delivery.receivedAt, now: elapsed))
    }

    mutating func count(_ outcome: ReplayOutcome, of capture: SourcedCapture, tell: Tell) {
        summary.count(outcome)
        tell(.outcome(capture, outcome))
    }
}

/// An item of a source with what today's adapter makes of it.
struct ReadItem: Sendable {
    let end: SourcePoint
    let result: Result

    enum Result: Sendable {
        case read(SourcedCapture, [Event])
        case refused(SourcedCapture, ReplayRefusal)
        case problem(CaptureProblem)
        case skipped
    }

    init(_ item: SourceItem, _ events: CaptureEvents) {
        end = item.end
        switch item.content {
        case .skipped: result = .skipped
        case .problem(let problem): result = .problem(problem)
        case .capture(let capture):
            switch events.read(capture) {
            case .events(let events): result = .read(capture, events)
            case .refused(let refusal): result = .refused(capture, refusal)
            case .problem(let problem): result = .problem(problem)
            }
        }
    }

    var capture: SourcedCapture? {
        if case .read(let capture, _) = result { capture } else { nil }
    }

    /// What the journal is given of it.
    var delivery: CapturedDelivery? {
        guard case .read(let capture, let events) = result else { return nil }
        return CapturedDelivery(capture.delivery, events, person: capture.isByToken ? capture.line.person : nil)
    }
}

extension ReplayOutcome {
    /// What a journal made of a delivery.
    init(_ outcome: AcceptOutcome) {
        switch outcome {
        case .taken(let receipt):
            self = .taken(ReplayCounts(accepted: receipt.accepted, duplicates: receipt.duplicates, rejected: receipt.rejected))
        case .unknownToken: self = .refused(ReplayRefusal(status: 401, detail: "the session's token is not known"))
        case .foreignPhone: self = .refused(ReplayRefusal(status: 422, detail: "it names another phone than the session's"))
        }
    }
}

extension ReplayRefusal {
    fileprivate static let unknown = ReplayRefusal(status: 503, detail: "the journal did not answer")
}
