import Messaging

/// Starts, ends and looks up sessions: in the journal alone, or in the database that instances share, with the journal as its fallback.
public protocol SessionStore: Sendable {
    /// Opens or restores the session of a phone; nil if the phone cannot be read.
    func start(_ request: StartRequest) async throws(JournalError) -> SessionAnswer<StartOutcome?>
    /// Ends the live session of a token; nil if there is none.
    func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?>
    /// The live session of a token; nil if there is none.
    func session(token: Secret) async throws(JournalError) -> SessionAnswer<Session?>
}

/// An answer, with whether it came from the shared database.
public struct SessionAnswer<Value: Sendable>: Sendable {
    public var value: Value
    /// False if the database was away and the journal answered instead; nil if there is no database.
    public var isPersisted: Bool?

    /// Without `isPersisted` there is no database.
    public init(_ value: Value, isPersisted: Bool? = nil) {
        self.value = value
        self.isPersisted = isPersisted
    }
}

/// The sessions of a gateway without a database.
public struct LocalSessions: SessionStore {
    private let journal: Journal

    /// Answers from this journal.
    public init(_ journal: Journal) { self.journal = journal }

    /// Opens or restores the session of a phone; nil if the phone cannot be read.
    public func start(_ request: StartRequest) async throws(JournalError) -> SessionAnswer<StartOutcome?> {
        SessionAnswer(try await journal.start(request))
    }

    /// Ends the live session of a token; nil if there is none.
    public func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?> { SessionAnswer(try await journal.end(token)) }

    /// The live session of a token; nil if there is none.
    public func session(token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        SessionAnswer(try await journal.reader.session(token: token))
    }
}
