import Journal
import Messaging
import Operations

/// Sessions as a terminal shows them.
enum SessionListing {
    /// A line of heads, then a line a session.
    static func lines(_ sessions: [Session], at now: Instant, as text: TerminalText = .plain) -> [String] {
        let rows = sessions.map { session in
            [
                session.id.description, session.phone ?? "-", session.shownCustomerID, session.channel.rawValue,
                session.status(at: now).rawValue, text.time(session.lastActivity),
            ]
        }
        return text.table(
            [["SESSION", "PHONE", "CUSTOMER", "CHANNEL", "STATUS", "LAST ACTIVITY"]] + rows, [38, 16, 18, 12, 12, 0])
    }

    /// One session, a line a value.
    static func card(_ session: Session, at now: Instant, as text: TerminalText = .plain) -> String {
        let values = [
            ("session", session.id.description), ("phone", session.phone ?? "-"), ("customer", session.shownCustomerID),
            ("channel", session.channel.rawValue), ("status", session.status(at: now).rawValue),
            ("created", text.time(session.createdAt)), ("last activity", text.time(session.lastActivity)),
            ("expires", text.time(session.expiresAt)), ("contact", session.contactID.description), ("metadata", session.metadata),
        ]
        return text.card(values)
    }
}

extension Session {
    /// The session as one line of JSON, without its token.
    func line(at now: Instant) -> String { PresentedSession(self, at: now).json }
}
