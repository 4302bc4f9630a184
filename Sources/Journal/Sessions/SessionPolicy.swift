import Messaging

/// How long a session lives without its person doing anything.
public struct SessionPolicy: Sendable, Equatable {
    public var idleTimeout: Duration
    /// Channels that differ from `idleTimeout`.
    public var idleTimeouts: [Channel: Duration]

    /// 24 hours unless told: WhatsApp's customer-service window.
    public init(idleTimeout: Duration = .seconds(86_400), idleTimeouts: [Channel: Duration] = [:]) {
        self.idleTimeout = idleTimeout
        self.idleTimeouts = idleTimeouts
    }

    func idleTimeout(of channel: Channel) -> Duration { idleTimeouts[channel] ?? idleTimeout }
}

extension Session {
    /// Whether the session goes on at `now`; a sweep writes `expired` later than this turns false.
    public func isLive(at now: Instant) -> Bool { status == .active && now < expiresAt }

    /// The status to show at `now`, with an expiry that no sweep has written yet.
    public func status(at now: Instant) -> Status { status == .active && now >= expiresAt ? .expired : status }

    /// From what moment on nobody can have done anything yet: no two clocks of a group differ by five minutes.
    static func firstImpossibleActivity(at now: Instant) -> Instant { now.adding(.seconds(300)) }

    /// Whether its times are those of a clock that was ahead: it would live on until that day.
    func isAhead(of now: Instant) -> Bool { lastActivity >= Session.firstImpossibleActivity(at: now) }

    /// Its times become those of an activity at `now`, the only way in which they move back.
    mutating func returnToPresent(at now: Instant) {
        let life = max(expiresAt.since(lastActivity), .zero)
        lastActivity = now
        expiresAt = now.adding(life)
    }

    /// The person did something at `instant`; the times never move back.
    mutating func touch(at instant: Instant, policy: SessionPolicy) {
        lastActivity = max(lastActivity, instant)
        expiresAt = max(expiresAt, lastActivity.adding(policy.idleTimeout(of: channel)))
    }
}

/// What a `/session/start` comes to.
enum StartDecision: Equatable {
    /// The live session goes on; `naming` is the customer that replaces the stand-in, if any.
    case restore(naming: String?)
    case open
    /// The live session belongs to another customer.
    case conflict

    init(hasLiveSession: Bool, knownCustomer: String?, requestedCustomer: String?) {
        switch (hasLiveSession, knownCustomer, requestedCustomer) {
        case (false, _, _): self = .open
        case (true, let known?, let requested?) where known != requested: self = .conflict
        case (true, nil, let requested?): self = .restore(naming: requested)
        case (true, _, _): self = .restore(naming: nil)
        }
    }
}
