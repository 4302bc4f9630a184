import Journal
import Messaging
import Synchronization

/// Stores captures in a journal as if they arrived now, with their original receipt times. Adapters run beside the writer.
public final class JournalSink: ReplaySink {
    private let open: @Sendable () throws -> Journal
    private let opened: Mutex<Journal?>
    private let events: CaptureEvents

    /// `events` reads captures with the adapters of the configured accounts.
    public init(_ journal: Journal, events: CaptureEvents) {
        open = { journal }
        opened = Mutex(journal)
        self.events = events
    }

    /// Opens the journal for the first capture that can be stored; if there is none, no file is created.
    public init(events: CaptureEvents, opening open: @escaping @Sendable () throws -> Journal) {
        self.open = open
        opened = Mutex(nil)
        self.events = events
    }

    /// Closes the journal if it was opened.
    public func close() throws { try opened.withLock { $0 }?.close() }

    /// One batch is prepared while another waits for the writer, which is slower: more would only use memory.
    public var width: Int { 2 }

    /// False: the writer takes captures in order.
    public var isImmediate: Bool { false }

    /// Reads the captures.
    public func begin(_ captures: [Capture]) -> ReadBatch { events.read(captures) }

    /// Stores the captures that were read. Throws the journal's errors.
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
    /// The outcome of a delivery that a journal took; its events say why items were rejected.
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
