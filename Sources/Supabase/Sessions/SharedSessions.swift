import JSON
import Journal
import Logging
import Messaging
import Relay
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
    private let circuit = Mutex(Circuit<Instant>(pauses: BackoffPolicy(first: .milliseconds(500), longest: .seconds(5))))
    private let memory = Mutex(LookupMemory())
    private let lookups: TokenLookups<Result<SessionAnswer<Session?>, JournalError>>

    /// How long a caller waits for the database, unless told.
    public static let defaultBudget: Duration = .seconds(2)

    /// `budget` is how long a caller waits for the database.
    public init(
        journal: Journal, transport: any ContractTransport, budget: Duration = SharedSessions.defaultBudget, health: SyncHealth,
        logger: Logger,
        now: @escaping TimeSource = { .now }
    ) {
        self.journal = journal
        self.transport = transport
        self.budget = budget
        lookups = TokenLookups(patience: budget)
        self.health = health
        self.logger = logger
        self.now = now
    }

    /// Opens or restores the session of a phone; nil where the phone cannot be read.
    public func start(_ request: StartRequest) async throws(JournalError) -> SessionAnswer<StartOutcome?> {
        guard let draft = try await journal.draft(request) else { return SessionAnswer(nil) }
        guard draft.hasRoom else { return SessionAnswer(.metadataFull) }
        guard let outcome = try await decision(on: request, draft) else {
            return SessionAnswer(try await journal.start(request, as: draft), isPersisted: false)
        }
        switch outcome {
        case .conflict: return SessionAnswer(.conflict, isPersisted: true)
        case .created(let session, let contact, let drafted):
            let adopted = try await journal.adopt(session, of: contact, drafted: drafted, for: draft)
            return SessionAnswer(.created(adopted), isPersisted: true)
        case .restored(let session, let contact, let drafted):
            let adopted = try await journal.adopt(session, of: contact, drafted: drafted, for: draft)
            return SessionAnswer(.restored(adopted), isPersisted: true)
        }
    }

    /// Ends the live session of a token; nil where it has none.
    public func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        let found = try await session(token: token)
        guard let session = found.value else { return found }
        guard let answer = await ask(.end, TokenCall.argument(session.token)), let ended = TokenCall.session(in: answer) else {
            // It may have been opened while the database was away, and not have got there yet.
            return SessionAnswer(try await journal.end(session.token), isPersisted: false)
        }
        guard try await !hasEndedHere(ended) else { return SessionAnswer(nil, isPersisted: true) }
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: ended)]), endedBy: .client)
        return SessionAnswer(ended, isPersisted: true)
    }

    /// The live session of a token; nil where it has none. Of a token that nobody knows here it throws `undecided` where the database does not
    /// answer or too many ask.
    public func session(token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        let ours = try await journal.reader.session(token: token)
        if let answer = try await remembered(token, ours) { return answer }
        let outcome = await lookups.answer(to: token, in: ours == nil ? .unknown : .known) { await found(token, ours) }
        switch outcome {
        case .answered(let result): return try result.get()
        case .full:
            guard let ours else {
                throw JournalError(
                    .undecided, reason: "the session's token is not known here, and too many such tokens are being looked up")
            }
            return SessionAnswer(ours, isPersisted: false)
        }
    }

    /// What the database said a moment ago, as far as the journal still says so: what is started or ended here counts at once.
    private func remembered(_ token: Secret, _ ours: Session?) async throws(JournalError) -> SessionAnswer<Session?>? {
        switch memory.withLock({ $0.finding(token, at: now()) }) {
        case nil: return nil
        case .nobody: return ours == nil ? SessionAnswer(nil, isPersisted: true) : nil
        case .session(let own):
            let session = own == token ? ours : try await journal.reader.session(token: own)
            return session.map { SessionAnswer($0, isPersisted: true) }
        }
    }

    /// Asks the database, and takes over what it says; nil where the task was cancelled meanwhile.
    private func found(_ token: Secret, _ ours: Session?) async -> Result<SessionAnswer<Session?>, JournalError>? {
        do throws(JournalError) {
            let answer = try await lookUp(token, ours)
            return Task.isCancelled ? nil : .success(answer)
        } catch {
            return Task.isCancelled ? nil : .failure(error)
        }
    }

    private func lookUp(_ token: Secret, _ ours: Session?) async throws(JournalError) -> SessionAnswer<Session?> {
        guard let answer = await ask(.session, TokenCall.argument(token)) else {
            // Another gateway may have opened it: to call it nobody's would log that person out.
            if ours == nil, try await !journal.reader.knows(token) {
                throw JournalError(.undecided, reason: "the session's token is not known here, and the database does not answer")
            }
            return SessionAnswer(ours, isPersisted: false)
        }
        guard let theirs = TokenCall.session(in: answer) else {
            if ours == nil { keep(.nobody, of: token) }
            return SessionAnswer(ours, isPersisted: false)
        }
        // A session that is live here and overdue there was moved by something that has not got there yet.
        if let ours, ours.id == theirs.id, theirs.status == .active, !theirs.isLive(at: now()) {
            return SessionAnswer(ours, isPersisted: true)
        }
        if ours == nil, try await hasEndedHere(theirs) { return SessionAnswer(nil, isPersisted: true) }
        if ours?.isSame(as: theirs) != true { try await journal.adopt(TokenCall.rows(in: answer, leadingTo: theirs)) }
        guard theirs.isLive(at: now()) else {
            keep(.nobody, of: token)
            return SessionAnswer(nil, isPersisted: true)
        }
        keep(.session(theirs.token), of: token)
        return SessionAnswer(theirs, isPersisted: true)
    }

    private func keep(_ finding: LookupMemory.Finding, of token: Secret) {
        memory.withLock { $0.keep(finding, of: token, at: now()) }
    }

    /// What the database makes of a start; nil where it does not answer in time.
    private func decision(on request: StartRequest, _ draft: StartDraft) async throws(JournalError) -> StartCall.Answer? {
        let call = StartCall(request, draft).argument
        // Where it restores what was ended here, the word of it is still on its way.
        for _ in 1...2 {
            let decision = await ask(.start, call).flatMap { StartCall.Answer($0) }
            guard case .restored(let session, _, _)? = decision, try await hasEndedHere(session) else { return decision }
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
        guard circuit.withLock({ $0.mayCall(at: now(), successes: syncCalls) }) else { return nil }
        do throws(CallFailure) {
            let answer = try await transport.call(function, argument, within: budget)
            circuit.withLock { $0.succeeded() }
            return try? JSON(parsing: answer)
        } catch {
            // Whoever goes away says nothing about the database.
            guard !Task.isCancelled else { return nil }
            circuit.withLock { $0.failed(at: now(), successes: syncCalls) }
            tell(error, of: function)
            return nil
        }
    }
}

extension SharedSessions {
    /// A database that refuses a call answers: somebody has to fix something there.
    private func tell(_ failure: CallFailure, of function: ContractFunction) {
        var metadata: Logger.Metadata = [
            "sync.function": "\(function.rawValue)", "sync.failure": "\(MaskedRecord.masked(failure.description))",
        ]
        guard failure.isRefusal else {
            return logger.warning("Supabase did not answer a question about a session: the journal answered instead", metadata: metadata)
        }
        metadata["advice"] = "\(failure.advice)"
        logger.warning("Supabase rejected a question about a session: the journal answered instead", metadata: metadata)
    }
}

extension Session {
    /// Whether there is nothing to take over but times that move all the time.
    fileprivate func isSame(as other: Session) -> Bool {
        id == other.id && contactID == other.contactID && status == other.status && customerID.isExactly(other.customerID)
            && phone == other.phone && metadata == other.metadata && expiresAt >= other.expiresAt
    }
}
