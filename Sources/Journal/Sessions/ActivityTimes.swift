import Messaging

/// The two times of a session that move with its person's activity.
struct ActivityTimes: Sendable, Equatable {
    var lastActivity: Instant
    var expiresAt: Instant

    init(lastActivity: Instant, expiresAt: Instant) {
        self.lastActivity = lastActivity
        self.expiresAt = expiresAt
    }

    init(_ session: Session) { self.init(lastActivity: session.lastActivity, expiresAt: session.expiresAt) }

    /// The times of a session that follow from a single activity of its person.
    init(of moment: Instant, on channel: Channel, policy: SessionPolicy) {
        self.init(lastActivity: moment, expiresAt: moment.adding(policy.idleTimeout(of: channel)))
    }

    /// The later of each of two times of the same session: neither ever moves back.
    func joined(with other: ActivityTimes) -> ActivityTimes {
        ActivityTimes(lastActivity: max(lastActivity, other.lastActivity), expiresAt: max(expiresAt, other.expiresAt))
    }
}

extension Session {
    /// Sets times that the session's row lacks. An ended session keeps the times of its end.
    mutating func take(_ times: ActivityTimes?) {
        guard status == .active, let times else { return }
        let joined = ActivityTimes(self).joined(with: times)
        (lastActivity, expiresAt) = (joined.lastActivity, joined.expiresAt)
    }
}

extension DeliveredItem {
    /// Whether the row contains the time of a person's action, so that the view `session_moves` has the row and a session's times can be
    /// derived from it.
    var tellsActivity: Bool {
        switch event.content {
        case .message(let message): message.direction == .inbound
        case .activity: true
        case .status, .notice, .identity, .unsupported, .unreadable: false
        }
    }
}
