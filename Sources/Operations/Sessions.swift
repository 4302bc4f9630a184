public import JSON
public import Journal
public import Messaging
import PhoneNumbers

extension JournalReader {
    /// The sessions that match and have the latest activity, as they are at `now`; the latest first.
    public func sessionList(
        _ filter: SessionFilter = SessionFilter(), limit: Int, at now: Instant
    ) async throws(JournalError) -> [PresentedSession] {
        try await sessions(filter, limit: limit).map { PresentedSession($0, at: now) }
    }

    /// One session as it is at `now`; nil if there is none with the id.
    public func sessionDetail(_ id: SessionID, at now: Instant) async throws(JournalError) -> PresentedSession? {
        try await session(id).map { PresentedSession($0, at: now) }
    }
}

extension Journal {
    /// Ends a session as `POST /session/end` does for a client: its token stops working, and the person's next start or message opens another session.
    public func endSession(_ id: SessionID, at now: Instant) async throws(JournalError) -> EndedSession {
        guard let session = try await reader.session(id) else { return .unknown }
        guard let ended = try await end(session) else { return .over(PresentedSession(session, at: now)) }
        return .ended(PresentedSession(ended, at: now))
    }
}

/// A session at one moment, as shown to an operator: always without its token.
public struct PresentedSession: Presentable, Equatable {
    /// The session as it is stored.
    public let session: Session
    private let now: Instant

    /// A session that is overdue at `now` is shown as expired, even if no sweep has written that yet.
    public init(_ session: Session, at now: Instant) {
        self.session = session
        self.now = now
    }

    /// The status at that moment.
    public var status: Session.Status { session.status(at: now) }

    /// Writes all columns but the token.
    public func write(to writer: inout JSONWriter) { write(to: &writer, masked: false) }

    /// The same, with the phone masked wherever it is.
    func write(to writer: inout JSONWriter, masked: Bool) {
        let phone = masked ? session.phone.map { PhoneNumber.mask($0) } : session.phone
        writer.object { line in
            line.member("session_id", session.id.description)
            line.member("contact_id", session.contactID.description)
            let customer = session.customerID.map { masked ? PhoneNumber.mask($0, ifSpelling: session.phone) : $0 }
            line.member("customer_id", customer ?? phone ?? session.contactID.description)
            line.member("phone", ifPresent: phone)
            line.member("channel", session.channel.rawValue)
            line.member("status", status.rawValue)
            line.member("created_at", session.createdAt.description)
            line.member("last_activity", session.lastActivity.description)
            line.member("expires_at", session.expiresAt.description)
            line.member("metadata", raw: session.metadata)
        }
    }
}

/// The result of ending a session.
public enum EndedSession: Presentable, Equatable {
    /// It was live and has been ended.
    case ended(PresentedSession)
    /// It was already over and is unchanged.
    case over(PresentedSession)
    /// There is no session with the id.
    case unknown

    /// Writes `{"ended":true,"session":{…}}`, without `session` if there is none.
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
