import Messaging
import SQLiteStore

/// The table `sessions`, as the writer uses it.
struct SessionTable {
    private let insertion: PreparedRowStatement<Session>
    private let upsertion: PreparedRowStatement<Session>
    private let touch: PreparedRowStatement<Session>
    private let update: PreparedRowStatement<Session>
    private let metadataUpdate: PreparedStatement
    private let metadataPreview: PreparedStatement
    private let expiry: PreparedStatement
    private let searchActive: PreparedStatement
    private let searchToken: PreparedStatement
    private let searchID: PreparedStatement
    private let changes: ChangeTable

    /// What can change of a session, but its metadata.
    private static let mutable = ["contact_id", "customer_id", "customer_named", "phone", "status", "last_activity", "expires_at"]

    init(_ db: Database, _ changes: ChangeTable) throws {
        self.changes = changes
        let table = Tables.sessions
        insertion = try PreparedRowStatement(db, table.insert())
        upsertion = try PreparedRowStatement(db, table.upsert(by: "session_id", writing: Self.mutable + ["metadata"]))
        touch = try PreparedRowStatement(db, table.update(["last_activity", "expires_at"], by: "session_id"))
        update = try PreparedRowStatement(db, table.update(Self.mutable, by: "session_id"))
        metadataUpdate = try PreparedStatement(
            db, "UPDATE sessions SET metadata = json_patch(metadata, ?) WHERE session_id = ? RETURNING metadata")
        metadataPreview = try PreparedStatement(db, "SELECT json_patch(metadata, ?) FROM sessions WHERE session_id = ?")
        expiry = try PreparedStatement(
            db, "UPDATE sessions SET status = 'expired' WHERE session_id = ? AND status = 'active' AND expires_at <= ?")
        searchActive = try PreparedStatement(
            db, "SELECT \(table.list) FROM sessions WHERE contact_id = ? AND status = 'active'")
        searchToken = try PreparedStatement(db, "SELECT \(table.list) FROM sessions WHERE session_token = ?")
        searchID = try PreparedStatement(db, "SELECT \(table.list) FROM sessions WHERE session_id = ?")
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
        try insertion.run(session)
    }

    /// Writes all of a session, whether or not it is there.
    func upsert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try upsertion.run(session)
    }

    /// Writes what became of two active sessions of one person; the one that ended first, since a contact has one active session at most.
    func store(_ union: SessionUnion) throws {
        try upsert(union.ended)
        if union.ended.status == .merged { _ = try patchMetadata(of: union.ended, with: #"{"merged_into":"\#(union.kept.id)"}"#) }
        try upsert(union.kept)
    }

    /// Writes the two times alone.
    func saveActivity(of session: Session) throws { try touch.run(session) }

    /// Writes all that can change but the metadata.
    func save(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try update.run(session)
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

extension Tables {
    static let sessions = Table<Session>(
        "sessions",
        [
            .id("session_id") { $0.id }, .id("contact_id") { $0.contactID }, .text("customer_id", .length) { $0.shownCustomerID },
            Column("customer_named", .boolean, .shown) { .boolean($0.customerID != nil) }, .text("phone", .phone) { $0.phone },
            .text("channel") { $0.channel.rawValue }, .text("session_token", .secret) { $0.token.revealed },
            .text("status") { $0.status.rawValue }, .time("created_at") { $0.createdAt }, .time("last_activity") { $0.lastActivity },
            .time("expires_at") { $0.expiresAt }, Column("metadata", .json, .length) { .text($0.metadata) },
        ])
}
