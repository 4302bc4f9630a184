import Messaging
import PhoneNumbers
import SQLiteStore

/// Selects sessions that meet all conditions.
public struct SessionFilter: Sendable, Equatable {
    /// A phone in E.164; it selects sessions with any form of this number.
    public var phone: String?
    /// The customer as shown: until a client names one, this is the phone, or the contact's id.
    public var customerID: String?
    public var channel: Channel?
    /// The status; an overdue session counts as expired.
    public var status: Session.Status?
    /// Only sessions with activity at this time or later.
    public var since: Instant?

    /// All sessions by default.
    public init(
        phone: String? = nil, customerID: String? = nil, channel: Channel? = nil, status: Session.Status? = nil, since: Instant? = nil
    ) {
        self.phone = phone
        self.customerID = customerID
        self.channel = channel
        self.status = status
        self.since = since
    }
}

extension JournalReader {
    /// Sessions, those with the latest activity first.
    public func sessions(_ filter: SessionFilter, limit: Int) async throws(JournalError) -> [Session] {
        let now = now()
        return try await read { db in
            let clause = "\(SessionFilter.condition) ORDER BY last_activity DESC, session_id DESC LIMIT ?7"
            return try Session.fetch(db, from: "current_sessions", clause) { values in
                filter.fill(&values, at: now)
                values.integer(Int64(limit))
            }
        }
    }

    /// Sessions that were opened before a session, the latest first.
    public func sessions(_ filter: SessionFilter, before cursor: SessionID?, limit: Int) async throws(JournalError) -> Page<Session> {
        let now = now()
        return try await read { db in
            // The index of phones is of use only if no condition makes it optional.
            let phone = filter.phone == nil ? "" : "AND phone IN (SELECT value FROM json_each(?1))"
            let clause = "\(SessionFilter.condition) \(phone) AND session_id < ?7 ORDER BY session_id DESC LIMIT ?8"
            let sessions = try Session.fetch(db, from: "current_sessions", clause) { values in
                filter.fill(&values, at: now)
                if let cursor { values.id(cursor) } else { values.text("~") }
                values.integer(Int64(limit))
            }
            return Page(items: sessions, next: sessions.count == limit ? sessions.last?.id.description : nil)
        }
    }

    /// The number of sessions that `sessions` would list without a limit.
    public func sessionCount(_ filter: SessionFilter) async throws(JournalError) -> Int {
        let now = now()
        return try await read { db in
            let count = try db.statement("SELECT count(*) FROM current_sessions \(SessionFilter.condition)").first({ values in
                filter.fill(&values, at: now)
            }) { $0.integer(0) }
            return Int(count ?? 0)
        }
    }

    /// How many sessions have the status active; overdue ones count until the next sweep.
    public func activeSessionCount() async throws(JournalError) -> Int {
        try await read { db in
            // Only the index of active sessions has an entry for each, and no column has to be read.
            Int(try db.statement("SELECT count(*) FROM sessions WHERE status = 'active'").first { $0.integer(0) } ?? 0)
        }
    }

    /// The sessions of one phone or status.
    public func sessions(phone: String? = nil, status: Session.Status? = nil, limit: Int) async throws(JournalError) -> [Session] {
        try await sessions(SessionFilter(phone: phone, status: status), limit: limit)
    }

    /// The number of sessions of one phone or status.
    public func sessionCount(phone: String? = nil, status: Session.Status? = nil) async throws(JournalError) -> Int {
        try await sessionCount(SessionFilter(phone: phone, status: status))
    }
}

extension SessionFilter {
    /// The parameters are a list of phones, the status, the time at which a session is overdue, the customer, the channel, and the earliest
    /// activity; each except the third may be null for any.
    fileprivate static let condition = """
        WHERE (?1 IS NULL OR phone IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR ?2 =
          CASE WHEN status = 'active' AND expires_at <= ?3 THEN 'expired' ELSE status END)
          AND (?4 IS NULL OR customer_id = ?4) AND (?5 IS NULL OR channel = ?5) AND (?6 IS NULL OR last_activity >= ?6)
        """

    fileprivate func fill(_ values: inout RowBuffer, at now: Instant) {
        values.text(PhoneNumber.list(ofVariantsOf: phone))
        values.text(status?.rawValue)
        values.instant(now)
        values.text(customerID)
        values.text(channel?.rawValue)
        values.instant(since)
    }
}
