// The rules for sessions. The SQL functions in Config/supabase/functions, 40_sessions.sql and 45_placing_sessions.sql, follow the same
// rules; both run against the cases of Tests/SessionRules.

// Lifetime.
extension Session {
    /// The session of a contact without a live one. Opening is activity at `now`, whenever its message was sent.
    public init(
        opening id: SessionID, for contact: Contact, on channel: Channel, token: Secret, at now: Instant, policy: SessionPolicy,
        metadata: String = "{}"
    ) {
        self.init(
            id: id, contactID: contact.id, customerID: contact.customerID, phone: contact.phone, channel: channel, token: token,
            status: .active, createdAt: now, lastActivity: now, expiresAt: now.adding(policy.idleTimeout(of: channel)), metadata: metadata)
    }

    /// Whether the session is live at `now`; the sweep writes `expired` some time after this turns false.
    public func isLive(at now: Instant) -> Bool { status == .active && now < expiresAt }

    /// The status at `now`, which may be an expiry that the sweep has not written yet.
    public func status(at now: Instant) -> Status { status == .active && now >= expiresAt ? .expired : status }

    /// Records that the person did something at `instant`. The times never move back.
    public mutating func touch(at instant: Instant, policy: SessionPolicy) {
        lastActivity = max(lastActivity, instant)
        expiresAt = max(expiresAt, lastActivity.adding(policy.idleTimeout(of: channel)))
    }

    /// Ends the session for a client.
    public mutating func end(at now: Instant) {
        status = .loggedOut
        expiresAt = min(expiresAt, now)
    }

    /// The first moment that activity cannot have yet: the clocks of instances that share a database differ by less than five minutes.
    public static func firstImpossibleActivity(at now: Instant) -> Instant { now.adding(.seconds(300)) }

    /// Whether its times come from a clock that was ahead; the session would otherwise live until then.
    public func isAhead(of now: Instant) -> Bool { lastActivity >= Session.firstImpossibleActivity(at: now) }

    /// Sets the times as if activity had happened at `now`: the only way in which they move back.
    public mutating func returnToPresent(at now: Instant) {
        let life = max(expiresAt.since(lastActivity), .zero)
        lastActivity = now
        expiresAt = now.adding(life)
    }
}

// Owner.
extension Session {
    /// Whether two sessions can be one person's. A session is never shown to a customer whom a client named in another session.
    public func canBeOne(with other: Session) -> Bool { customersAgree(customerID, other.customerID) }

    /// Whether this session was opened first; it decides which of two sessions continues.
    public func isOlder(than other: Session) -> Bool {
        createdAt == other.createdAt ? id < other.id : createdAt < other.createdAt
    }

    /// Takes over the contact's number, and the contact's customer unless a client has named one in this session.
    public mutating func follow(_ contact: Contact) {
        contactID = contact.id
        phone = contact.phone
        customerID = customerID ?? contact.customerID
    }

    /// The session after an instance has reported it: `self` is the session as stored in the database that the instances share, which
    /// decides; `given` is the session as the instance has it.
    ///
    /// An ended session stays ended, but keeps a customer whom a client named before the end was reported. Times only move forward. A
    /// client's end counts wherever it happened, but only the database lets a session expire, since another instance may have moved it. If
    /// clients have named two customers, both have its token, so the session ends and neither is shown the other's data.
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

/// The result of two active sessions of one person: the older continues, the younger ends.
public struct SessionUnion: Sendable, Equatable {
    /// The older session, with the activity of both and the customer named in either.
    public var kept: Session
    /// The younger session: `merged`, so that its token leads to the other, or `logged_out` if clients named two customers.
    public var ended: Session

    /// Decides for two sessions in either order.
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

/// The outcome of a `/session/start`.
public enum StartDecision: Sendable, Equatable {
    /// The live session continues; `naming` is the customer to set in it, if any.
    case restore(naming: String?)
    /// There is no live session, so one is opened.
    case open
    /// The live session belongs to another customer.
    case conflict

    /// `live` is the contact's live session. A customer named in it takes precedence over the contact's, which another instance may have
    /// changed.
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

/// Whether two customers can be one: they are equal, or one of them is not known.
func customersAgree(_ one: String?, _ other: String?) -> Bool { one == nil || other == nil || one.isExactly(other) }
