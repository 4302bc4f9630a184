import JSON
import Journal
import Logging
import Messaging
import Relay
import Synchronization

/// The sessions of a gateway that shares a database with others. The database is asked first, within a time limit; if it does not answer,
/// the journal does. The journal applies the database's answer before the caller gets it.
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

    /// The default time that a caller waits for the database.
    public static let defaultBudget: Duration = .seconds(2)

    /// `budget` is the longest time that a caller waits for the database.
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

    /// Opens or restores the session of a phone; nil if the phone cannot be read.
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

    /// Ends the live session of a token; nil if there is none.
    public func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        let found = try await session(token: token)
        guard let session = found.value else { return found }
        guard let answer = await ask(.end, TokenCall.argument(session.token)), let ended = TokenCall.session(in: answer) else {
            // The session may have been opened while the database was unavailable, and not have been sent yet.
            return SessionAnswer(try await journal.end(session.token), isPersisted: false)
        }
        guard try await !hasEndedHere(ended) else { return SessionAnswer(nil, isPersisted: true) }
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: ended)]), endedBy: .client)
        return SessionAnswer(ended, isPersisted: true)
    }

    /// The live session of a token; nil if there is none. If the journal does not know the token, and the database does not answer or too
    /// many lookups wait, it throws `undecided`.
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

    /// The cached answer of the database, unless the journal differs: a session that is started or ended here counts at once.
    private func remembered(_ token: Secret, _ ours: Session?) async throws(JournalError) -> SessionAnswer<Session?>? {
        switch memory.withLock({ $0.finding(token, at: now()) }) {
        case nil: return nil
        case .nobody: return ours == nil ? SessionAnswer(nil, isPersisted: true) : nil
        case .session(let own):
            let session = own == token ? ours : try await journal.reader.session(token: own)
            return session.map { SessionAnswer($0, isPersisted: true) }
        }
    }

    /// Asks the database and applies its answer; nil if the task was cancelled meanwhile.
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
            // Another gateway may have opened the session: an answer that the token is unknown would log that person out.
            if ours == nil, try await !journal.reader.knows(token) {
                throw JournalError(.undecided, reason: "the session's token is not known here, and the database does not answer")
            }
            return SessionAnswer(ours, isPersisted: false)
        }
        guard let theirs = TokenCall.session(in: answer) else {
            if ours == nil { keep(.nobody, of: token) }
            return SessionAnswer(ours, isPersisted: false)
        }
        // A session that is live here and overdue there was moved by something that has not been sent yet.
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

    /// The database's answer to a start; nil if there is none in time.
    private func decision(on request: StartRequest, _ draft: StartDraft) async throws(JournalError) -> StartCall.Answer? {
        let call = StartCall(request, draft).argument
        // If it restores a session that was ended here, it has not received the end yet.
        for _ in 1...2 {
            let decision = await ask(.start, call).flatMap { StartCall.Answer($0) }
            guard case .restored(let session, _, _)? = decision, try await hasEndedHere(session) else { return decision }
            _ = await ask(.end, TokenCall.argument(session.token))
        }
        return nil
    }

    /// Whether this gateway ended the session, which the database may not know yet. Ended sessions are never reactivated.
    private func hasEndedHere(_ session: Session) async throws(JournalError) -> Bool {
        try await journal.reader.session(session.id)?.status == .loggedOut
    }

    /// Nil if the database does not answer in time.
    private func ask(_ function: ContractFunction, _ argument: [UInt8]) async -> JSON? {
        let syncCalls = health.current.successfulCalls
        guard circuit.withLock({ $0.mayCall(at: now(), successes: syncCalls) }) else { return nil }
        do throws(CallFailure) {
            let answer = try await call(function, argument)
            circuit.withLock { $0.succeeded() }
            return try? JSON(parsing: answer)
        } catch {
            // A caller that goes away says nothing about the database.
            guard !Task.isCancelled else { return nil }
            circuit.withLock { $0.failed(at: now(), successes: syncCalls) }
            tell(error, of: function)
            return nil
        }
    }
}

extension SharedSessions {
    /// Calls a function a second time if another call has just stored the same row: then it is there to be found.
    private func call(_ function: ContractFunction, _ argument: [UInt8]) async throws(CallFailure) -> [UInt8] {
        let start = ContinuousClock.now
        do throws(CallFailure) { return try await transport.call(function, argument, within: budget) } catch {
            guard error.disposition == .alreadyThere else { throw error }
            return try await transport.call(function, argument, within: max(.zero, budget - (.now - start)))
        }
    }

    /// Logs a failed call; a refusal comes with advice, since somebody has to fix the database.
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
    /// Whether the answer changes nothing except times that move constantly.
    fileprivate func isSame(as other: Session) -> Bool {
        id == other.id && contactID == other.contactID && status == other.status && customerID.isExactly(other.customerID)
            && phone == other.phone && metadata == other.metadata && expiresAt >= other.expiresAt
    }
}
