public import JSON
public import Journal
public import Messaging
import Relay
public import Replay
public import Supabase

/// Retries dead letters: deliveries with the current adapters, records by a call to the database of the settings.
public struct DeadLetterRetry: Sendable {
    private let journal: Journal
    private let adapter: CaptureSigner.AdapterLookup
    private let plan: PersistencePlan
    private let transport: (any ContractTransport)?

    /// The result for one letter.
    public enum Outcome: Sendable, Equatable {
        /// The letter is resolved; for a delivery, with the result for its items.
        case resolved(Receipt?)
        /// The letter was already resolved, so nothing was tried.
        case resolvedBefore
        /// The item still cannot be read, or the record is still rejected, for this reason.
        case failed(String)
        /// The retry is not possible now, for this reason.
        case unavailable(String)
        /// There is no letter with the id.
        case unknown
    }

    /// `adapter` finds the adapters of the configured accounts. Throws if the database's address cannot be used.
    public init(journal: Journal, plan: PersistencePlan, adapter: @escaping CaptureSigner.AdapterLookup) throws {
        self.journal = journal
        self.adapter = adapter
        self.plan = plan
        transport = try plan.makeTransport(connections: 1)
    }

    /// Closes the connections to the database.
    public func shutdown() { transport?.shutdown() }

    /// Retries the letters with these ids; `tell` is called with each result, in their order.
    public func retry(_ ids: [DeadLetterID], tell: (RetriedDeadLetter) -> Void) async throws(JournalError) {
        // Letters that were resolved before the first try are reported as such; those that another letter's retry resolves are not.
        var over: Set<DeadLetterID> = []
        for id in ids where try await journal.reader.deadLetter(id)?.resolvedAt != nil { over.insert(id) }
        var rest = ids[...]
        while !rest.isEmpty {
            let page = rest.prefix(Self.pageSize)
            rest = rest.dropFirst(page.count)
            var letters: [StoredDeadLetter] = []
            for id in page { if let letter = try await journal.reader.deadLetter(id) { letters.append(letter) } }
            var outcomes = try await retry(letters.filter { $0.resolvedAt == nil })
            for letter in letters where letter.resolvedAt != nil {
                outcomes[letter.id] = over.contains(letter.id) ? .resolvedBefore : .resolved(nil)
            }
            for id in page { tell(RetriedDeadLetter(id: id, outcome: outcomes[id] ?? .unknown)) }
        }
    }

    /// Retries all unresolved letters, or those of `stage` and with `reason`, from the oldest to the latest that exists at the beginning, at
    /// most `limit`; `tell` is called with each result.
    public func retryAll(
        of stage: DeadLetter.Stage? = nil, reason: String? = nil, limit: Int = .max, tell: (RetriedDeadLetter) -> Void
    ) async throws(JournalError) {
        let filter = DeadLetterFilter(stage: stage, reason: reason)
        let end = try await journal.reader.deadLetters(filter, limit: 1).first?.position ?? 0
        var (position, rest): (Int64, Int) = (0, limit)
        while position < end, rest > 0 {
            let page = try await journal.reader.deadLetters(filter, after: position, limit: min(rest, Self.pageSize))
            let letters = page.filter { $0.position <= end }
            rest -= letters.count
            let outcomes = try await retry(letters)
            for letter in letters { tell(RetriedDeadLetter(id: letter.id, outcome: outcomes[letter.id] ?? .unknown)) }
            position = page.last?.position ?? end
        }
    }

    /// The number of letters that are retried together.
    private static let pageSize = 100
    /// The number of deliveries that are read concurrently, so that they share commits. Each may be as large as a request.
    private static let mostReadTogether = 16

    private func retry(_ letters: [StoredDeadLetter]) async throws(JournalError) -> [DeadLetterID: Outcome] {
        var deliveries = Dictionary(grouping: letters.filter { $0.letter.stage == .normalize }, by: \.letter.deliveryID)[...]
        var outcomes: [DeadLetterID: Outcome] = [:]
        while !deliveries.isEmpty {
            let some = deliveries.prefix(Self.mostReadTogether)
            deliveries = deliveries.dropFirst(some.count)
            let read = await withTaskGroup(of: Result<[DeadLetterID: Outcome], JournalError>.self) { group in
                for (delivery, letters) in some {
                    group.addTask {
                        do throws(JournalError) { return .success(try await self.read(letters, of: delivery)) } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for result in read { outcomes.merge(try result.get()) { $1 } }
        }
        for call in Self.calls(of: letters.filter { $0.letter.stage == .sync }) { outcomes.merge(try await send(call)) { $1 } }
        return outcomes
    }

    /// Reads a delivery once, which resolves all of its letters whose items can now be read.
    private func read(_ letters: [StoredDeadLetter], of delivery: DeliveryID?) async throws(JournalError) -> [DeadLetterID: Outcome] {
        let all = { (outcome: Outcome) in Dictionary(letters.map { ($0.id, outcome) }) { $1 } }
        guard let delivery, let capture = try await journal.reader.capture(delivery) else {
            return all(.failed("its delivery is no longer kept; `switchboard dead-letters drop` discards the letter"))
        }
        let (kind, account) = (capture.delivery.adapter, capture.delivery.account)
        guard let adapter = adapter(kind, account) else { return all(.failed("the settings have no account \(kind)/\(account)")) }
        let events: [Event]
        do throws(PayloadError) { events = try adapter.eventsToKeep(of: capture.delivery) } catch { return all(.failed(error.description)) }
        let retaken = try await journal.retake(capture, events)
        var receipt: Receipt? = retaken.receipt
        var outcomes: [DeadLetterID: Outcome] = [:]
        for letter in letters {
            if retaken.left.contains(letter.id) {
                outcomes[letter.id] = .failed(letter.letter.detail.map { "\($0) \(letter.letter.reason)" } ?? letter.letter.reason)
            } else {
                // The result for the items is reported only once.
                outcomes[letter.id] = .resolved(receipt)
                receipt = nil
            }
        }
        return outcomes
    }

    /// The letters in groups of one call each.
    private static func calls(of letters: [StoredDeadLetter]) -> [[StoredDeadLetter]] {
        var calls: [[StoredDeadLetter]] = []
        var bytes = 0
        for letter in letters {
            bytes += letter.letter.record.utf8.count
            if let last = calls.last, last.count < LetterCarriage.mostLetters, bytes <= LetterCarriage.mostBytes {
                calls[calls.count - 1].append(letter)
            } else {
                calls.append([letter])
                bytes = letter.letter.record.utf8.count
            }
        }
        return calls
    }

    /// Sends records in one call. If the database refuses them, each half is sent, until the refused record is found.
    private func send(_ letters: [StoredDeadLetter]) async throws(JournalError) -> [DeadLetterID: Outcome] {
        let all = { (outcome: Outcome) in Dictionary(letters.map { ($0.id, outcome) }) { $1 } }
        guard let transport else {
            guard case .disabled(_, let reason) = plan else { return all(.unavailable("there is no connection to the database")) }
            return all(.unavailable("persistence is disabled: \(reason)"))
        }
        do throws(CallFailure) {
            try await LetterCarriage(journal: journal, transport: transport).send(letters.map(\.letter))
        } catch {
            let isLater = error.disposition == .retry || error.disposition == .pause
            let outcome = isLater ? Outcome.unavailable(error.description) : .failed(error.description)
            guard letters.count > 1, error.mayTakeFewer else { return all(outcome) }
            let half = letters.count / 2
            let first = try await send(Array(letters[..<half]))
            // If the first half takes the database too long, the second is not sent.
            if error.isTimeOut, first.values.allSatisfy(\.isUnavailable) { return all(outcome) }
            return first.merging(try await send(Array(letters[half...]))) { $1 }
        }
        _ = try await journal.settle(letters.map(\.id))
        return all(.resolved(nil))
    }
}

extension DeadLetterRetry.Outcome {
    fileprivate var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}

/// The result of one retry.
public struct RetriedDeadLetter: Presentable, Equatable {
    /// The letter's id.
    public let id: DeadLetterID
    /// The result.
    public let outcome: DeadLetterRetry.Outcome

    /// Writes `{"dead_letter_id":…,"resolved":…}` with the result for a delivery's items, or the reason of the failure.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("dead_letter_id", id.description)
            switch outcome {
            case .resolved(let receipt):
                line.member("resolved", true)
                if let receipt {
                    line.member("accepted", receipt.accepted)
                    line.member("duplicates", receipt.duplicates)
                    if receipt.differing > 0 { line.member("differing", receipt.differing) }
                }
            case .resolvedBefore:
                line.member("resolved", true)
                line.member("reason", "resolved before; nothing was tried")
            case .failed(let reason), .unavailable(let reason):
                line.member("resolved", false)
                line.member("reason", reason)
            case .unknown:
                line.member("resolved", false)
                line.member("reason", "the journal has no dead letter with this id")
            }
        }
    }
}
