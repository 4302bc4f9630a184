public import JSON
public import Journal
public import Messaging
import Relay
public import Replay
public import Supabase

/// Tries dead letters again: deliveries by today's adapters, records by the way to the database that the settings have.
public struct DeadLetterRetry: Sendable {
    private let journal: Journal
    private let adapter: CaptureSigner.AdapterLookup
    private let plan: PersistencePlan
    private let transport: (any ContractTransport)?

    /// What became of one letter.
    public enum Outcome: Sendable, Equatable {
        /// It is settled. Of a delivery with what became of its items.
        case settled(Receipt?)
        /// It was settled before: nothing was tried.
        case over
        /// It is wrong still, for this reason.
        case failed(String)
        /// What it needs is not there now.
        case unavailable(String)
        /// There is no letter of the id.
        case unknown
    }

    /// `adapter` finds those of the configured accounts. Throws where the database's address cannot be used.
    public init(journal: Journal, plan: PersistencePlan, adapter: @escaping CaptureSigner.AdapterLookup) throws {
        self.journal = journal
        self.adapter = adapter
        self.plan = plan
        transport = try plan.makeTransport(connections: 1)
    }

    /// Ends its connections.
    public func shutdown() { transport?.shutdown() }

    /// Tries the letters of these ids, one after the other; `tell` is called with each.
    public func retry(_ ids: [DeadLetterID], tell: (RetriedDeadLetter) -> Void) async throws(JournalError) {
        var over: Set<DeadLetterID> = []
        for id in ids where try await journal.reader.deadLetter(id)?.resolvedAt != nil { over.insert(id) }
        for id in ids {
            guard let letter = try await journal.reader.deadLetter(id) else {
                tell(RetriedDeadLetter(id: id, outcome: .unknown))
                continue
            }
            tell(RetriedDeadLetter(id: id, outcome: over.contains(id) ? .over : try await retry(letter)))
        }
    }

    /// Tries all letters that nobody has settled, from the oldest to the latest that there is at the beginning; `tell` is called with each.
    public func retryAll(tell: (RetriedDeadLetter) -> Void) async throws(JournalError) {
        let end = try await journal.reader.deadLetters(limit: 1).first?.position ?? 0
        var position: Int64 = 0
        while position < end {
            let letters = try await journal.reader.deadLetters(after: position, limit: 100)
            for letter in letters where letter.position <= end {
                tell(RetriedDeadLetter(id: letter.id, outcome: try await retry(letter)))
            }
            position = letters.last?.position ?? end
        }
    }

    private func retry(_ letter: StoredDeadLetter) async throws(JournalError) -> Outcome {
        // By the try of another one that came with it.
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
        guard let adapter = adapter(delivery.adapter, delivery.account) else {
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

/// A dead letter that was tried again.
public struct RetriedDeadLetter: Presentable, Equatable {
    /// Whose outcome it is.
    public let id: DeadLetterID
    /// What became of it.
    public let outcome: DeadLetterRetry.Outcome

    /// Writes `{"dead_letter_id":…,"settled":…}` with what became of a delivery's items, or why it still fails.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("dead_letter_id", id.description)
            switch outcome {
            case .settled(let receipt):
                line.member("settled", true)
                if let receipt {
                    line.member("accepted", receipt.accepted)
                    line.member("duplicates", receipt.duplicates)
                }
            case .over:
                line.member("settled", true)
                line.member("reason", "it was settled before")
            case .failed(let reason), .unavailable(let reason):
                line.member("settled", false)
                line.member("reason", reason)
            case .unknown:
                line.member("settled", false)
                line.member("reason", "there is no dead letter of this id")
            }
        }
    }
}
