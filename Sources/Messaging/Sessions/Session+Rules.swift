// The rules of sessions. The SQL functions in Config/supabase/functions, 40_sessions.sql and 45_placing_sessions.sql, follow the same ones:
// Tests/SessionRules has the cases that both are run against.

// How long it lives.
extension Session {
    /// The session of a contact that has no live one. Opening counts as activity at `now`, whenever the message that opened it was sent.
    public init(
        opening id: SessionID, for contact: Contact, on channel: Channel, token: Secret, at now: Instant, policy: SessionPolicy,
        metadata: String = "{}"
    ) {
        self.init(
            id: id, contactID: contact.id, customerID: contact.customerID, phone: contact.phone, channel: channel, token: token,
            status: .active, createdAt: now, lastActivity: now, expiresAt: now.adding(policy.idleTimeout(of: channel)), metadata: metadata)
    }

    /// Whether the session goes on at `now`; a sweep writes `expired` later than this turns false.
    public func isLive(at now: Instant) -> Bool { status == .active && now < expiresAt }

    /// The status to show at `now`, with an expiry that no sweep has written yet.
    public func status(at now: Instant) -> Status { status == .active && now >= expiresAt ? .expired : status }

    /// The person did something at `instant`. The times never move back.
    public mutating func touch(at instant: Instant, policy: SessionPolicy) {
        lastActivity = max(lastActivity, instant)
        expiresAt = max(expiresAt, lastActivity.adding(policy.idleTimeout(of: channel)))
    }

    /// A client ends it.
    public mutating func end(at now: Instant) {
        status = .loggedOut
        expiresAt = min(expiresAt, now)
    }

    /// The first moment at which nobody can have done anything yet: the clocks of one group of instances differ by less than five minutes.
    public static func firstImpossibleActivity(at now: Instant) -> Instant { now.adding(.seconds(300)) }

    /// Whether its times are those of a clock that was ahead: it would live on until that day.
    public func isAhead(of now: Instant) -> Bool { lastActivity >= Session.firstImpossibleActivity(at: now) }

    /// Its times become those of an activity at `now`, the only way in which they move back.
    public mutating func returnToPresent(at now: Instant) {
        let life = max(expiresAt.since(lastActivity), .zero)
        lastActivity = now
        expiresAt = now.adding(life)
    }
}

// Whose it is.
extension Session {
    /// Whether two sessions can be one person's: nothing of a session is shown to a customer whom a client named in another one.
    public func canBeOne(with other: Session) -> Bool { customersAgree(customerID, other.customerID) }

    /// The order in which sessions were opened; it decides which of two goes on.
    public func isOlder(than other: Session) -> Bool {
        createdAt == other.createdAt ? id < other.id : createdAt < other.createdAt
    }

    /// The session shows its contact's number, and its contact's customer unless a client has named one in the session.
    public mutating func follow(_ contact: Contact) {
        contactID = contact.id
        phone = contact.phone
        customerID = customerID ?? contact.customerID
    }

    /// What the session is after an instance has told of it: `self` is the session as the store has it that decides, the database that the
    /// instances share, and `given` is the session as the instance has it.
    ///
    /// What has ended stays ended, with whom a client named in it before that was told. Times only move on, an end by a client counts wherever
    /// it happened, and only the store lets a session expire, since another instance may have moved it. Where clients have named two customers in
    /// it, both have its token: it ends, so that neither is shown what is the other's.
    public func reconciled(with given: Session, at now: Instant) -> Session {
        if status == .merged { return self }
        var session = self
        session.customerID = customerID ?? given.customerID
        guard status == .active else { return session }
        session.lastActivity = max(lastActivity, given.lastActivity)
        session.expiresAt = max(expiresAt, given.expiresAt)
        if given.status == .merged || given.lastActivity > lastActivity { session.metadata = given.metadata }
        switch given.status {
        case .active, .expired: session.status = session.status(at: now)
        case .merged: session.status = .merged
        case .loggedOut:
            session.status = .loggedOut
            session.expiresAt = min(expiresAt, given.expiresAt)
        }
        if !canBeOne(with: given), session.status == .active { session.end(at: now) }
        return session
    }
}

/// What becomes of two active sessions of one person: the older goes on, the younger ends.
public struct SessionUnion: Sendable, Equatable {
    /// The older one, with the activity of both, and the customer who was named in either.
    public var kept: Session
    /// The younger one: `merged`, so that its token leads to the other, or `logged_out` where clients named two customers.
    public var ended: Session

    /// In whatever order they are given.
    public init(_ one: Session, _ other: Session, at now: Instant) {
        (kept, ended) = one.isOlder(than: other) ? (one, other) : (other, one)
        guard kept.canBeOne(with: ended) else {
            ended.end(at: now)
            return
        }
        ended.status = .merged
        kept.lastActivity = max(kept.lastActivity, ended.lastActivity)
        kept.expiresAt = max(kept.expiresAt, ended.expiresAt)
        kept.customerID = kept.customerID ?? ended.customerID
    }
}

/// What a `/session/start` comes to.
public enum StartDecision: Sendable, Equatable {
    /// The live session goes on; `naming` is the customer to name in it, if any.
    case restore(naming: String?)
    /// There is no live session: one is opened.
    case open
    /// The live session belongs to another customer.
    case conflict

    /// `live` is the contact's live session. The customer that was named in it counts before the contact's, which another instance may have
    /// given another customer since.
    public init(of contact: Contact, live: Session?, requestedCustomer: String?) {
        guard let live else {
            self = .open
            return
        }
        let owner = live.customerID ?? contact.customerID
        guard customersAgree(owner, requestedCustomer) else {
            self = .conflict
            return
        }
        self = .restore(naming: live.customerID == nil ? requestedCustomer : nil)
    }
}

/// Whether two customers are one, as far as anybody has named them.
func customersAgree(_ one: String?, _ other: String?) -> Bool { one == nil || other == nil || one.isExactly(other) }
