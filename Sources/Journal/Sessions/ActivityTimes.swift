import Messaging

/// The two times of a session that move with what its person does.
struct ActivityTimes: Sendable, Equatable {
    var lastActivity: Instant
    var expiresAt: Instant

    init(lastActivity: Instant, expiresAt: Instant) {
        self.lastActivity = lastActivity
        self.expiresAt = expiresAt
    }

    init(_ session: Session) { self.init(lastActivity: session.lastActivity, expiresAt: session.expiresAt) }

    /// What is known of a session's times by one thing alone that its person did.
    init(of moment: Instant, on channel: Channel, policy: SessionPolicy) {
        self.init(lastActivity: moment, expiresAt: moment.adding(policy.idleTimeout(of: channel)))
    }

    /// The times of a session of which both are known: neither ever moves back.
    func joined(with other: ActivityTimes) -> ActivityTimes {
        ActivityTimes(lastActivity: max(lastActivity, other.lastActivity), expiresAt: max(expiresAt, other.expiresAt))
    }
}

extension Session {
    /// Takes times that its row lacks. What has ended has the times of its end.
    mutating func take(_ times: ActivityTimes?) {
        guard status == .active, let times else { return }
        let joined = ActivityTimes(self).joined(with: times)
        (lastActivity, expiresAt) = (joined.lastActivity, joined.expiresAt)
    }
}

extension DeliveredItem {
    /// Whether its row tells when somebody did something, so that a session's times can be derived from it: the view `session_moves` has it.
    var tellsActivity: Bool {
        switch event.content {
        case .message(let message): message.direction == .inbound
        case .activity: true
        case .status, .notice, .identity, .unsupported, .unreadable: false
        }
    }
}
