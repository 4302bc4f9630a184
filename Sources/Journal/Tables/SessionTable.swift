import GRDB
import Messaging

/// The table `sessions`, as the writer uses it.
struct SessionTable {
    private let insertion: PreparedStatement
    private let upsertion: PreparedStatement
    private let touch: PreparedStatement
    private let update: PreparedStatement
    private let metadataUpdate: PreparedStatement
    private let metadataPreview: PreparedStatement
    private let expiry: PreparedStatement
    private let searchActive: PreparedStatement
    private let searchToken: PreparedStatement
    private let searchID: PreparedStatement
    private let changes: ChangeTable

    /// The columns in the order in which `Session.init(columns:)` reads them.
    static let columns =
        "session_id, contact_id, customer_id, phone, channel, session_token, status, created_at, last_activity, expires_at, metadata"

    init(_ db: Database, _ changes: ChangeTable) throws {
        self.changes = changes
        insertion = try PreparedStatement(
            db, "INSERT INTO sessions (\(Self.columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?)")
        upsertion = try PreparedStatement(
            db,
            """
            INSERT INTO sessions (\(Self.columns)) VALUES (?,?,?,?,?,?,?,?,?,?,?)
            ON CONFLICT (session_id) DO UPDATE SET contact_id = excluded.contact_id, customer_id = excluded.customer_id,
              phone = excluded.phone, status = excluded.status, last_activity = excluded.last_activity,
              expires_at = excluded.expires_at, metadata = excluded.metadata
            """)
        touch = try PreparedStatement(db, "UPDATE sessions SET last_activity = ?, expires_at = ? WHERE session_id = ?")
        update = try PreparedStatement(
            db,
            """
            UPDATE sessions SET contact_id = ?, customer_id = ?, phone = ?, status = ?, last_activity = ?, expires_at = ?
            WHERE session_id = ?
            """)
        metadataUpdate = try PreparedStatement(
            db, "UPDATE sessions SET metadata = json_patch(metadata, ?) WHERE session_id = ? RETURNING metadata")
        metadataPreview = try PreparedStatement(db, "SELECT json_patch(metadata, ?) FROM sessions WHERE session_id = ?")
        expiry = try PreparedStatement(
            db, "UPDATE sessions SET status = 'expired' WHERE session_id = ? AND status = 'active' AND expires_at <= ?")
        searchActive = try PreparedStatement(
            db, "SELECT \(Self.columns) FROM sessions WHERE contact_id = ? AND status = 'active'")
        searchToken = try PreparedStatement(db, "SELECT \(Self.columns) FROM sessions WHERE session_token = ?")
        searchID = try PreparedStatement(db, "SELECT \(Self.columns) FROM sessions WHERE session_id = ?")
    }

    func active(of contact: ContactID) throws -> Session? {
        try searchActive.first({ $0.id(contact) }) { Session(columns: $0) } ?? nil
    }

    /// The session of a token; of one that was merged, the session that it became.
    func session(token: Secret) throws -> Session? {
        let session = try searchToken.first({ $0.text(token.revealed) }) { Session(columns: $0) } ?? nil
        return try session?.survivor { try self.session(id: $0) }
    }

    /// The session of an id, whatever its status.
    func session(id: SessionID) throws -> Session? { try searchID.first({ $0.id(id) }) { Session(columns: $0) } ?? nil }

    func insert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try write(session, insertion)
    }

    /// Writes all of a session, whether or not it is there.
    func upsert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try write(session, upsertion)
    }

    private func write(_ session: Session, _ statement: PreparedStatement) throws {
        try statement.run { row in
            row.id(session.id)
            row.id(session.contactID)
            row.text(session.customerID)
            row.text(session.phone)
            row.text(session.channel.rawValue)
            row.text(session.token.revealed)
            row.text(session.status.rawValue)
            row.instant(session.createdAt)
            row.instant(session.lastActivity)
            row.instant(session.expiresAt)
            row.text(session.metadata)
        }
    }

    /// Writes the two times alone.
    func saveActivity(of session: Session) throws {
        try touch.run { row in
            row.instant(session.lastActivity)
            row.instant(session.expiresAt)
            row.id(session.id)
        }
    }

    /// Writes all that can change but the metadata.
    func save(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try update.run { row in
            row.id(session.contactID)
            row.text(session.customerID)
            row.text(session.phone)
            row.text(session.status.rawValue)
            row.instant(session.lastActivity)
            row.instant(session.expiresAt)
            row.id(session.id)
        }
    }

    /// What the metadata would be after `patchMetadata`.
    func patchedMetadata(of session: Session, with patch: String) throws -> String? {
        try metadataPreview.first({ row in
            row.text(patch)
            row.id(session.id)
        }) { $0.string(0) } ?? nil
    }

    /// Merges a JSON object into the metadata (RFC 7396) and returns what they are then.
    func patchMetadata(of session: Session, with patch: String) throws -> String? {
        try changes.mark(session.contactID, session: session.id)
        return try metadataUpdate.first({ row in
            row.text(patch)
            row.id(session.id)
        }) { $0.string(0) } ?? nil
    }

    /// Whether the session was active and overdue.
    func expire(_ session: SessionID, of contact: ContactID, at now: Instant) throws -> Bool {
        let isOverdue =
            try expiry.run { row in
                row.id(session)
                row.instant(now)
            } == 1
        if isOverdue { try changes.mark(contact, session: session) }
        return isOverdue
    }
}
