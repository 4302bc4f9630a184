import Journal
import Synchronization

/// The number of active sessions for `/metrics`, counted at most every ten seconds, since anybody may request the page at any rate.
final class ActiveSessions: Sendable {
    private let journal: Journal
    private let counted = Mutex<(count: Int, at: ContinuousClock.Instant)?>(nil)

    private static let patience = Duration.seconds(10)

    init(_ journal: Journal) { self.journal = journal }

    /// Nil if the journal cannot be read.
    func count() async -> Int? {
        let start = ContinuousClock.now
        if let counted = counted.withLock({ $0 }), start - counted.at < Self.patience { return counted.count }
        guard let count = try? await journal.reader.activeSessionCount() else { return nil }
        counted.withLock { $0 = (count, start) }
        return count
    }
}
