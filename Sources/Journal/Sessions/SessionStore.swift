import Messaging

/// Where sessions are started, ended and looked up: the journal alone, or the database that instances share, with the journal behind it.
public protocol SessionStore: Sendable {
    /// Opens or restores the session of a phone; nil where the phone cannot be read.
    func start(_ request: StartRequest) async throws(JournalError) -> SessionAnswer<StartOutcome?>
    /// Ends the live session of a token; nil where it has none.
    func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?>
    /// The live session of a token; nil where it has none.
    func session(token: Secret) async throws(JournalError) -> SessionAnswer<Session?>
}

/// An answer, and whether the shared database gave it.
public struct SessionAnswer<Value: Sendable>: Sendable {
    public var value: Value
    /// False where the database was away and the journal answered for it; nil where there is none.
    public var isPersisted: Bool?

    /// Without `isPersisted` there is no database.
    public init(_ value: Value, isPersisted: Bool? = nil) {
        self.value = value
        self.isPersisted = isPersisted
    }
}

/// The sessions of a gateway that has the journal alone.
public struct LocalSessions: SessionStore {
    private let journal: Journal

    /// Answers from this journal.
    public init(_ journal: Journal) { self.journal = journal }

    /// Opens or restores the session of a phone; nil where the phone cannot be read.
    public func start(_ request: StartRequest) async throws(JournalError) -> SessionAnswer<StartOutcome?> {
        SessionAnswer(try await journal.start(request))
    }

    /// Ends the live session of a token; nil where it has none.
    public func end(_ token: Secret) async throws(JournalError) -> SessionAnswer<Session?> { SessionAnswer(try await journal.end(token)) }

    /// The live session of a token; nil where it has none.
    public func session(token: Secret) async throws(JournalError) -> SessionAnswer<Session?> {
        SessionAnswer(try await journal.reader.session(token: token))
    }
}
