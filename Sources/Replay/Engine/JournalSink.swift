import Journal
import Messaging
import Synchronization

/// Stores captures in a journal as if they came now, with the time at which they were received. Adapters work beside the writer.
public final class JournalSink: ReplaySink {
    private let open: @Sendable () throws -> Journal
    private let opened: Mutex<Journal?>
    private let events: CaptureEvents

    /// `events` reads captures with the adapters of the accounts that there are.
    public init(_ journal: Journal, events: CaptureEvents) {
        open = { journal }
        opened = Mutex(journal)
        self.events = events
    }

    /// The same with a journal that is opened for the first capture that can be stored: where there is none, no file is made.
    public init(events: CaptureEvents, opening open: @escaping @Sendable () throws -> Journal) {
        self.open = open
        opened = Mutex(nil)
        self.events = events
    }

    /// Closes the journal where it was opened.
    public func close() throws { try opened.withLock { $0 }?.close() }

    /// One that is worked on and one that waits for the writer, which is the slower: more would only take memory.
    public var width: Int { 2 }

    /// The writer takes them, in their order.
    public var isImmediate: Bool { false }

    /// Reads the captures.
    public func begin(_ captures: [Capture]) -> ReadBatch { events.read(captures) }

    /// Stores what was read. Throws the journal's errors.
    public func finish(_ batch: ReadBatch) async throws -> BatchResult {
        guard !batch.read.isEmpty else { return BatchResult(outcomes: batch.outcomes) }
        var stored = zip(try await journal().accept(batch.read), batch.read).makeIterator()
        return BatchResult(
            outcomes: batch.outcomes.map { outcome in
                guard outcome == .read else { return outcome }
                return stored.next().map { ReplayOutcome($0, of: $1.events) } ?? .refused(.unknown)
            })
    }

    private func journal() throws -> Journal {
        try opened.withLock { opened in
            if let opened { return opened }
            let journal = try open()
            opened = journal
            return journal
        }
    }
}

extension ReplayOutcome {
    /// What a journal made of a delivery, whose events say why items were rejected.
    init(_ outcome: AcceptOutcome, of events: [Event]) {
        switch outcome {
        case .taken(let receipt):
            self = .taken(
                ReplayCounts(
                    accepted: receipt.accepted, duplicates: receipt.duplicates, rejected: receipt.rejected, differing: receipt.differing,
                    reasons: receipt.rejected == 0 ? [] : events.rejectionReasons))
        case .unknownToken: self = .refused(ReplayRefusal(status: 401, detail: "the session token is not known"))
        case .foreignPhone: self = .refused(ReplayRefusal(status: 422, detail: "data.phone is not the phone of the session"))
        }
    }
}

extension ReplayRefusal {
    fileprivate static let unknown = ReplayRefusal(status: 503, detail: "the journal did not answer")
}
