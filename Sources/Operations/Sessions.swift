public import JSON
public import Journal
public import Messaging

extension JournalReader {
    /// The latest sessions of those that are asked for, as they are at `now`.
    public func sessionList(
        _ filter: SessionFilter = SessionFilter(), limit: Int, at now: Instant
    ) async throws(JournalError) -> [PresentedSession] {
        try await sessions(filter, limit: limit).map { PresentedSession($0, at: now) }
    }

    /// One session as it is at `now`; nil where there is none of the id.
    public func sessionDetail(_ id: SessionID, at now: Instant) async throws(JournalError) -> PresentedSession? {
        try await session(id).map { PresentedSession($0, at: now) }
    }
}

extension Journal {
    /// Ends a session as its client could: its token is worth nothing afterwards, and the next start or message of its person opens another.
    public func endSession(_ id: SessionID, at now: Instant) async throws(JournalError) -> EndedSession {
        guard let session = try await reader.session(id) else { return .unknown }
        guard let ended = try await end(session) else { return .over(PresentedSession(session, at: now)) }
        return .ended(PresentedSession(ended, at: now))
    }
}

/// A session as an operator sees it at one moment: never with its token.
public struct PresentedSession: Presentable, Equatable {
    /// The session as it is stored.
    public let session: Session
    private let now: Instant

    /// A session that is overdue at `now` is shown as expired, though no sweep may have written it yet.
    public init(_ session: Session, at now: Instant) {
        self.session = session
        self.now = now
    }

    /// What it is at that moment.
    public var status: Session.Status { session.status(at: now) }

    /// Writes all columns but the token.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("session_id", session.id.description)
            line.member("contact_id", session.contactID.description)
            line.member("customer_id", session.shownCustomerID)
            line.member("phone", ifPresent: session.phone)
            line.member("channel", session.channel.rawValue)
            line.member("status", status.rawValue)
            line.member("created_at", session.createdAt.description)
            line.member("last_activity", session.lastActivity.description)
            line.member("expires_at", session.expiresAt.description)
            line.member("metadata", raw: session.metadata)
        }
    }
}

/// What became of a session that was to be ended.
public enum EndedSession: Presentable, Equatable {
    /// It was live and is ended.
    case ended(PresentedSession)
    /// It was over before, and stays as it was.
    case over(PresentedSession)
    /// There is no session of the id.
    case unknown

    /// Writes `{"ended":true,"session":{…}}`, without a session where there is none.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            switch self {
            case .ended(let session):
                object.member("ended", true)
                object.key("session")
                session.write(to: &object)
            case .over(let session):
                object.member("ended", false)
                object.key("session")
                session.write(to: &object)
            case .unknown: object.member("ended", false)
            }
        }
    }
}
