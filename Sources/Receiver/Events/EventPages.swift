import Journal
import Messaging
import Synchronization

/// Reads the journal for all streams, one page at a time, so that streams occupy at most one of the journal's readers.
/// All streams that are up to date request the same page after a commit: it is read and converted to events once.
final class EventPages: Sendable {
    private let reader: JournalReader
    private let channels: [String: String]
    private let turns = Turns()
    private let latest = Mutex<Latest?>(nil)

    private struct Latest {
        let position: Int64
        let page: StreamPage<StreamedEvent>
        let readAt: ContinuousClock.Instant
    }

    /// The count of numbers that a page covers, and the approximate number of bytes of its rows.
    private static let limit = 200
    private static let byteLimit = 256 << 10

    init(_ journal: Journal) {
        reader = journal.reader
        let single = journal.configuration.adapters.filter { $0.channels.count == 1 }
        channels = Dictionary(single.map { ($0.kind.rawValue, $0.channels[0].rawValue) }) { first, _ in first }
    }

    /// The position of a stream that sends only what is stored from now on.
    func end() async throws(JournalError) -> Int64 { try await reader.lastSequence() }

    /// The page of events after a position.
    func page(after position: Int64) async throws(JournalError) -> StreamPage<StreamedEvent> {
        await turns.take()
        defer { turns.give() }
        if let known = latest.withLock({ $0 }), known.position == position, .now - known.readAt < .seconds(1) { return known.page }
        let page = try await reader.streamed(after: position, limit: Self.limit, byteLimit: Self.byteLimit) { [channels] in
            StreamedEvent($0, channels: channels)
        }
        latest.withLock { $0 = page.items.isEmpty ? nil : Latest(position: position, page: page, readAt: .now) }
        return page
    }
}

/// Lets one task at a time pass, in the order of their arrival.
private final class Turns: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Waits for the turn. Every turn is short, so waiting does not react to cancellation.
    func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isMine { continuation.resume() }
        }
    }

    func give() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
