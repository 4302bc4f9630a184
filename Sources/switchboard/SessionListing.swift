import Journal
import Messaging
import Operations

/// Formats sessions for a terminal.
enum SessionListing {
    /// A line of headings, then one line per session. On a terminal that is too narrow for all columns, each session still has one line:
    /// the customer's id may be cut, the last activity is shown as an age, and the channel is omitted.
    static func lines(_ sessions: [Session], at now: Instant, as text: TerminalText = .plain) -> [String] {
        let heads = ["SESSION", "PHONE", "CUSTOMER", "CHANNEL", "STATUS", "LAST ACTIVITY"]
        let rows = sessions.map { session in
            [
                session.id.description, session.phone ?? "-", session.shownCustomerID, session.channel.rawValue,
                session.status(at: now).rawValue, text.time(session.lastActivity),
            ]
        }
        let short = zip(sessions, rows).map { session, row in
            [row[0], row[1], row[2], row[4], TerminalText.age(of: session.lastActivity, at: now)]
        }
        let all = [heads] + rows
        if let fitted = text.fitted(all, cutting: 2, to: 20) { return text.table(fitted, [38, 16, 18, 12, 12, 0]) }
        if let fitted = text.fitted([["SESSION", "PHONE", "CUSTOMER", "STATUS", "IDLE"]] + short, cutting: 2, to: 6) {
            return text.table(fitted, [38, 16, 18, 12, 0])
        }
        return text.table(all, [38, 16, 18, 12, 12, 0])
    }

    /// One session, with one line per value.
    static func card(_ session: Session, at now: Instant, as text: TerminalText = .plain) -> String {
        let values = [
            ("session", session.id.description), ("phone", session.phone ?? "-"), ("customer", session.shownCustomerID),
            ("channel", session.channel.rawValue), ("status", session.status(at: now).explained),
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
