import Journal
import Messaging
import Synchronization

/// Reads captures without storing them. With a journal it reports how they differ from what the journal has stored.
public final class ComparisonSink: ReplaySink {
    private let readers: [JournalReader]
    private let events: CaptureEvents
    private let turn = Atomic<Int>(0)

    /// Each reader is a connection to the journal, so that several batches are compared at a time. Without readers nothing is compared.
    public init(with readers: [JournalReader] = [], events: CaptureEvents) {
        self.readers = readers
        self.events = events
    }

    /// Enough batches to keep two processors busy while others are read.
    public var width: Int { 4 }

    /// False, since nothing takes effect at all.
    public var isImmediate: Bool { false }

    /// Reads the captures and compares them.
    public func begin(_ captures: [Capture]) async -> Result<BatchResult, JournalError> {
        let batch = events.read(captures)
        var result = BatchResult(outcomes: batch.outcomes)
        for read in batch.read {
            for event in read.events { result.events[event.kindAndType.loggedWord, default: 0] += 1 }
        }
        guard !readers.isEmpty else { return .success(result) }
        let reader = readers[turn.wrappingAdd(1, ordering: .relaxed).oldValue % readers.count]
        do throws(JournalError) { result.differences = try await reader.differences(batch.read) } catch { return .failure(error) }
        return .success(result)
    }

    /// The result of the comparison. Throws the journal's errors.
    public func finish(_ begun: Result<BatchResult, JournalError>) throws -> BatchResult { try begun.get() }
}

extension Event {
    /// The name under which a dry run counts the event: `message.text`, `status.read`, `activity.screen.viewed`.
    public var kindAndType: String {
        switch content {
        case .message(let message): "message.\(message.type.rawValue)"
        case .status(let status): "status.\(status.status)"
        case .activity(let type, _): "activity.\(type)"
        case .identity(let change): "identity.\(change.type)"
        case .notice(let type, _): "notice.\(type)"
        case .unsupported(let type, _): "unsupported.\(type)"
        case .unreadable: "unreadable"
        }
    }
}
