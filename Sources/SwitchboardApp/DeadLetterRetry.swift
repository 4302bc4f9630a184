import Journal
import Messaging
import Supabase

/// Tries dead letters again: deliveries by today's adapters, records by the way to the database that the settings have.
public struct DeadLetterRetry: Sendable {
    private let journal: Journal
    private let adapters: ConfiguredAdapters
    private let plan: PersistencePlan
    private let transport: (any ContractTransport)?

    /// What became of one letter.
    public enum Outcome: Sendable, Equatable {
        /// It is settled. Of a delivery with what became of its items.
        case settled(Receipt?)
        /// It is wrong still, for this reason.
        case failed(String)
        /// What it needs is not there now.
        case unavailable(String)
    }

    /// Throws where an account or the database's address cannot be used.
    public init(_ settings: Settings, journal: Journal) throws {
        self.journal = journal
        adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        plan = PersistencePlan(settings.supabase)
        transport = try plan.makeTransport(connections: 1)
    }

    /// Ends its connections.
    public func shutdown() { transport?.shutdown() }

    /// Tries one letter; throws where the journal cannot be used.
    public func retry(_ letter: StoredDeadLetter) async throws(JournalError) -> Outcome {
        if letter.resolvedAt != nil { return .settled(nil) }
        return switch letter.letter.stage {
        case .normalize: try await read(letter)
        case .sync: try await send(letter)
        }
    }

    private func read(_ letter: StoredDeadLetter) async throws(JournalError) -> Outcome {
        guard let id = letter.letter.deliveryID, let capture = try await journal.reader.capture(id) else {
            return .failed("its delivery is not kept any more")
        }
        let delivery = capture.delivery
        guard let adapter = adapters[delivery.adapter, delivery.account] else {
            return .failed("no account is configured at /webhooks/\(delivery.adapter)/\(delivery.account)")
        }
        let events: [Event]
        do throws(PayloadError) { events = try adapter.eventsToKeep(of: delivery) } catch { return .failed(error.description) }
        let retaken = try await journal.retake(capture, events)
        // A letter of the same delivery, tried before, may have settled this one too.
        guard retaken.left.contains(letter.id) else { return .settled(retaken.receipt) }
        return .failed(letter.letter.detail.map { "\($0) \(letter.letter.reason)" } ?? letter.letter.reason)
    }

    private func send(_ letter: StoredDeadLetter) async throws(JournalError) -> Outcome {
        guard let transport else {
            guard case .disabled(_, let reason) = plan else { return .unavailable("there is no way to the database") }
            return .unavailable("persistence is disabled: \(reason)")
        }
        do throws(CallFailure) {
            try await LetterCarriage(journal: journal, transport: transport).send(letter.letter)
        } catch {
            return error.disposition == .retry || error.disposition == .pause
                ? .unavailable(error.description) : .failed(error.description)
        }
        _ = try await journal.settle([letter.id])
        return .settled(nil)
    }
}
