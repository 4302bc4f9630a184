import Messaging
import Watchdog

extension Journal {
    /// Takes over what the shared database says about rows of ours. `ender` is who has ended the sessions that end by it.
    public func adopt(_ rows: SharedRows, endedBy ender: SessionEnder = .database) async throws(JournalError) {
        guard !rows.isEmpty else { return }
        let now = now()
        try await write(Work("taking over rows of the database")) { try $0.adopt(rows, endedBy: ender, at: now) }
    }

    /// What a start would write here, for the shared database to decide about; nil where the phone cannot be read. Nothing is stored.
    public func draft(_ request: StartRequest) async throws(JournalError) -> StartDraft? {
        let now = now()
        return try await write { try $0.draft(request, at: now) }
    }

    /// Takes over what the shared database made of a draft, and returns the session as it is here then. `drafted` is whom the draft's contact is
    /// there, where somebody else has the number by now.
    public func adopt(
        _ session: Session, of contact: Contact, drafted: Contact? = nil, for draft: StartDraft
    ) async throws(JournalError) -> Session {
        let now = now()
        return try await write { try $0.adopt(session, of: contact, drafted: drafted, for: draft, at: now) }
    }

    /// Opens or restores the session of a phone with what was drafted, so that the shared database, which may have taken the draft
    /// without our hearing of it, finds the same ids later.
    public func start(_ request: StartRequest, as draft: StartDraft) async throws(JournalError) -> StartOutcome? {
        let now = now()
        return try await write { try $0.start(request, as: draft, at: now) }
    }
}

/// A start that is not stored yet.
public struct StartDraft: Sendable, Equatable {
    /// The contact that the phone leads to here, or a new one.
    public var contact: Contact
    /// When the contact changed here last; now for a new one.
    public var changedAt: Instant
    /// The phone as it was received.
    public var identities: [Identity]
    /// The contact's live session here, or a new one.
    public var session: Session
    /// Whether the session is live here already.
    public var isLive: Bool
    /// Whether the session's metadata stay within their bound with those of the start.
    public var hasRoom: Bool
    /// How long sessions live without their person doing anything.
    public var policy: SessionPolicy
    /// When it was drafted.
    public var madeAt: Instant
}
