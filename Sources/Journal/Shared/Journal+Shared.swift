import Messaging
import Watchdog

extension Journal {
    /// Applies what the shared database reports about this journal's rows. `ender` is what ended the sessions that end because of this.
    public func adopt(_ rows: SharedRows, endedBy ender: SessionEnder = .database) async throws(JournalError) {
        guard !rows.isEmpty else { return }
        let now = now()
        try await write(Work("taking over rows of the database")) { try $0.adopt(rows, endedBy: ender, at: now) }
    }

    /// What a start would write here, so that the shared database can decide about it; nil if the phone cannot be read. Nothing is stored.
    public func draft(_ request: StartRequest) async throws(JournalError) -> StartDraft? {
        let now = now()
        return try await write { try $0.draft(request, at: now) }
    }

    /// Applies the shared database's result for a draft, and returns the session as it is here afterwards. `drafted` is the contact that
    /// the database has for the draft's contact, if the number belongs to another person in the database.
    public func adopt(
        _ session: Session, of contact: Contact, drafted: Contact? = nil, for draft: StartDraft
    ) async throws(JournalError) -> Session {
        let now = now()
        return try await write { try $0.adopt(session, of: contact, drafted: drafted, for: draft, at: now) }
    }

    /// Opens or restores the session of a phone with the ids of a draft. The shared database may have stored the draft although its answer
    /// was lost, and then finds the same ids later.
    public func start(_ request: StartRequest, as draft: StartDraft) async throws(JournalError) -> StartOutcome? {
        let now = now()
        return try await write { try $0.start(request, as: draft, at: now) }
    }
}

/// A start that is not stored yet.
public struct StartDraft: Sendable, Equatable {
    /// The contact that the phone has here, or a new one.
    public var contact: Contact
    /// When the contact last changed here; the present time for a new one.
    public var changedAt: Instant
    /// The phone as it was received.
    public var identities: [Identity]
    /// The contact's live session here, or a new one.
    public var session: Session
    /// Whether the session is live here already.
    public var isLive: Bool
    /// Whether the session's metadata stay within their limit together with those of the start.
    public var hasRoom: Bool
    /// The timeouts of sessions.
    public var policy: SessionPolicy
    /// When the draft was made.
    public var madeAt: Instant
}
