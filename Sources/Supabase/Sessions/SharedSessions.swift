import JSON
import Journal
import Logging
import Messaging
import Synchronization

/// The sessions of a gateway that shares a database with others: the database is asked first, within a budget, and the journal answers
/// where it is away. What it answers is taken over into the journal before anybody hears of it.
public final class SharedSessions: SessionStore {
    private let journal: Journal
    private let transport: any ContractTransport
    private let budget: Duration
    private let health: SyncHealth
    private let logger: Logger
    private let now: TimeSource
    private let circuit = Mutex(LookupCircuit())

    /// `budget` is how long a caller waits for the database.
    public init(
        journal: Journal, transport: any ContractTransport, budget: Duration = .seconds(2), health: SyncHealth, logger: Logger,
        now: @escaping TimeSource = { .now }
    ) {
        self.journal = journal
        self.transport = transport
        self.budget = budget
        self.health = health
        self.logger = logger
        self.now = now
    }

    /// Opens or restores the session of a phone; nil where the phone cannot be read.
    public func start(_ request: StartRequest) async throws(JournalError) -> SessionAnswer<StartOutcome?> {
        guard let draft = try await journal.draft(request) else { return SessionAnswer(nil) }
        guard let outcome = try await decision(on: request, draft) else {
            return SessionAnswer(try await journal.start(request, as: draft), isPersisted: false)
        }
        switch outcome {
        case .conflict: return SessionAnswer(.conflict, isPersisted: true)
        case .created(let session, let contact):
            return SessionAnswer(.created(try await journal.adopt(session, of: contact, for: draft)), isPersisted: true)
        case .restored(let session, let contact):
            return SessionAnswer(.restored(try await journal.adopt(session, of: contact, for: draft)), isPersisted: true)
        }
    }

    /// Ends the live session of a token; nil where it has none.
    public func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        guard let answer = await ask(.end, TokenCall.argument(token)), let session = TokenCall.session(in: answer) else {
            // It may have been opened while the database was away, and not have got there yet.
            return SessionAnswer(try await journal.end(token), isPersisted: false)
        }
        guard try await !hasEndedHere(session) else { return SessionAnswer(nil, isPersisted: true) }
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]))
        return SessionAnswer(session, isPersisted: true)
    }

    /// The live session of a token; nil where it has none.
    public func session(token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        let ours = try await journal.reader.session(token: token)
        guard let answer = await ask(.session, TokenCall.argument(token)), let theirs = TokenCall.session(in: answer) else {
            return SessionAnswer(ours, isPersisted: false)
        }
        // A session that is live here and overdue there was moved by something that has not got there yet.
        if let ours, ours.id == theirs.id, theirs.status == .active, !theirs.isLive(at: now()) {
            return SessionAnswer(ours, isPersisted: true)
        }
        if ours == nil, try await hasEndedHere(theirs) { return SessionAnswer(nil, isPersisted: true) }
        if ours?.isSame(as: theirs) != true {
            let contact = TokenCall.contact(in: answer).map { SharedContact(given: $0.id, canonical: $0) }
            try await journal.adopt(
                SharedRows(contacts: contact.map { [$0] } ?? [], sessions: [SharedSession(stored: theirs)]))
        }
        return SessionAnswer(theirs.isLive(at: now()) ? theirs : nil, isPersisted: true)
    }

    /// What the database makes of a start; nil where it does not answer in time.
    private func decision(on request: StartRequest, _ draft: StartDraft) async throws(JournalError) -> StartCall.Answer? {
        let call = StartCall(request, draft).argument
        // Where it restores what was ended here, the word of it is still on its way.
        for _ in 1...2 {
            let decision = await ask(.start, call).flatMap { StartCall.Answer($0) }
            guard case .restored(let session, _)? = decision, try await hasEndedHere(session) else { return decision }
            _ = await ask(.end, TokenCall.argument(session.token))
        }
        return nil
    }

    /// Whether a session was ended here, which the database may not know yet. Ended sessions are never revived.
    private func hasEndedHere(_ session: Session) async throws(JournalError) -> Bool {
        try await journal.reader.session(session.id)?.status == .loggedOut
    }

    /// Nil where the database does not answer in time.
    private func ask(_ function: ContractFunction, _ argument: [UInt8]) async -> JSON? {
        let syncCalls = health.current.successfulCalls
        guard circuit.withLock({ $0.mayAsk(at: now(), syncCalls: syncCalls) }) else { return nil }
        do throws(CallFailure) {
            let answer = try await transport.call(function, argument, within: budget)
            circuit.withLock { $0.succeeded() }
            return try? JSON(parsing: answer)
        } catch {
            circuit.withLock { $0.failed(at: now(), syncCalls: syncCalls) }
            logger.warning(
                "Supabase was asked about a session and did not answer: the journal does",
                metadata: ["sync.function": "\(function.rawValue)", "sync.failure": "\(MaskedRecord.masked(error.description))"])
            return nil
        }
    }
}

extension Session {
    /// Whether there is nothing to take over but times that move all the time.
    fileprivate func isSame(as other: Session) -> Bool {
        id == other.id && contactID == other.contactID && status == other.status && customerID == other.customerID
            && phone == other.phone && metadata == other.metadata && expiresAt >= other.expiresAt
    }
}
