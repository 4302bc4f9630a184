import HTTPTransport
import Messaging
import Synchronization

extension ReplayRun {
    /// Posts the captures to a gateway, at most `concurrency` at a time. Throws where the gateway does not take any for longer than the
    /// client is ready to wait.
    public mutating func send(to client: ReplayClient, now: @escaping TimeSource, tell: Tell) async throws(ReplayError) {
        do {
            try await sendItems(to: client, now: now, tell: tell)
        } catch let error as ReplayError {
            isComplete = false
            throw error
        } catch {
            isComplete = false
            throw .interrupted
        }
    }

    private mutating func sendItems(to client: ReplayClient, now: @escaping TimeSource, tell: Tell) async throws {
        var run = self
        defer { self = run }
        var feed = ItemFeed(self)
        let waiting = self
        var isBroken = false
        try await inOrder(width: concurrency) {
            await feed.next()
        } work: { item in
            guard case .capture(let capture) = item.item.content else { return (item, .nothing) }
            guard await waiting.wait(until: item.due) else { return (item, .stopped) }
            return (item, await client.sendPatiently(capture, events: waiting.events, now: now, isStopped: waiting.isStopped))
        } consume: { (item: FedItem, result: SendingResult) in
            // It is told when it is come to again.
            if isBroken, case .nothing = result { return }
            isBroken = try run.count(result, of: item.item, tell: tell) || isBroken
            if !isBroken { tell(.reached(ReplayPlace(source: item.source, point: item.item.end))) }
        }
        run.isComplete = feed.run.isComplete && !isBroken
    }

    /// Whether the item was not sent.
    private mutating func count(_ result: SendingResult, of item: SourceItem, tell: Tell) throws(ReplayError) -> Bool {
        switch (result, item.content) {
        case (.stopped, _): return true
        case (.failed(.transport(let error)), .capture(let capture)) where error.isOfOneRequest:
            let problem = CaptureProblem(capture.origin, "it cannot be sent: \(error)")
            summary.countProblem()
            tell(.problem(problem))
        case (.failed(let error), .capture(let capture)): throw .at(capture.origin, error)
        case (.failed(let error), _): throw error
        case (.problem(let problem), _), (.nothing, .problem(let problem)):
            summary.countProblem()
            tell(.problem(problem))
        case (.answered(let outcome), .capture(let capture)): count(outcome, of: capture, tell: tell)
        default: summary.countSkipped()
        }
        return false
    }
}

extension HTTPTransportError {
    /// Whether the next capture may fare better at the same gateway.
    fileprivate var isOfOneRequest: Bool { code == .malformed || code == .tooLarge }
}

/// What became of one capture that was to be sent.
enum SendingResult: Sendable {
    case answered(ReplayOutcome)
    case problem(CaptureProblem)
    case failed(ReplayError)
    case stopped
    /// There was nothing to send.
    case nothing
}

/// An item of a source with when it is due.
struct FedItem: Sendable {
    let source: Int
    let item: SourceItem
    let due: Duration
}

/// Hands out a run's items one by one, each with its time.
private struct ItemFeed {
    var run: ReplayRun
    private var items: ArraySlice<SourceItem> = []
    private var source = 0

    init(_ run: ReplayRun) { self.run = run }

    mutating func next() async -> FedItem? {
        while items.isEmpty {
            guard let block = await run.nextBlock() else { return nil }
            source = block.source
            items = block.items()[...]
        }
        guard !run.isStopped() else {
            run.isComplete = false
            return nil
        }
        let item = items.removeFirst()
        guard case .capture(let capture) = item.content, !run.pace.isUnlimited else {
            return FedItem(source: source, item: item, due: .zero)
        }
        let due = run.pace.due(receivedAt: capture.delivery.receivedAt, now: run.elapsed)
        return FedItem(source: source, item: item, due: due)
    }
}
