import Messaging
import PhoneNumbers
import SQLiteStore

/// Which sessions somebody asks for: those that every condition holds for.
public struct SessionFilter: Sendable, Equatable {
    /// In E.164, whichever form of it a session has.
    public var phone: String?
    /// As it is shown: until a client names the customer, the phone stands in, or the contact's id.
    public var customerID: String?
    public var channel: Channel?
    /// A session that is overdue counts as expired.
    public var status: Session.Status?
    /// Active then or later.
    public var since: Instant?

    /// All, unless told.
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

    /// How many sessions there are of those that `sessions` lists.
    public func sessionCount(_ filter: SessionFilter) async throws(JournalError) -> Int {
        let now = now()
        return try await read { db in
            let count = try db.statement("SELECT count(*) FROM current_sessions \(SessionFilter.condition)").first({ values in
                filter.fill(&values, at: now)
            }) { $0.integer(0) }
            return Int(count ?? 0)
        }
    }

    /// The same of one phone or status.
    public func sessions(phone: String? = nil, status: Session.Status? = nil, limit: Int) async throws(JournalError) -> [Session] {
        try await sessions(SessionFilter(phone: phone, status: status), limit: limit)
    }

    /// The same of one phone or status.
    public func sessionCount(phone: String? = nil, status: Session.Status? = nil) async throws(JournalError) -> Int {
        try await sessionCount(SessionFilter(phone: phone, status: status))
    }
}

extension SessionFilter {
    /// A list of phones, status, the time by which a session is overdue, customer, channel and time are the parameters, all but the third null
    /// for any.
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
