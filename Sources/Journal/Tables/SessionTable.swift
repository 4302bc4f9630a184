import Messaging
import SQLiteStore

/// The table `sessions`, as the writer uses it.
struct SessionTable {
    private let insertStatement: PreparedRowStatement<Session>
    private let upsertStatement: PreparedRowStatement<Session>
    private let touchStatement: PreparedRowStatement<Session>
    private let updateStatement: PreparedRowStatement<Session>
    private let updateMetadataStatement: PreparedStatement
    private let previewMetadataStatement: PreparedStatement
    private let expireStatement: PreparedStatement
    private let findActiveStatement: PreparedStatement
    private let findTokenStatement: PreparedStatement
    private let findIDStatement: PreparedStatement
    private let changes: ChangeTable

    /// What can change of a session, but its metadata.
    private static let mutable = ["contact_id", "customer_id", "customer_named", "phone", "status", "last_activity", "expires_at"]

    init(_ db: Database, _ changes: ChangeTable) throws {
        self.changes = changes
        let table = Tables.sessions
        insertStatement = try PreparedRowStatement(db, table.insert())
        upsertStatement = try PreparedRowStatement(db, table.upsert(by: "session_id", writing: Self.mutable + ["metadata"]))
        touchStatement = try PreparedRowStatement(db, table.update(["last_activity", "expires_at"], by: "session_id"))
        updateStatement = try PreparedRowStatement(db, table.update(Self.mutable, by: "session_id"))
        updateMetadataStatement = try PreparedStatement(
            db, "UPDATE sessions SET metadata = json_patch(metadata, ?) WHERE session_id = ? RETURNING metadata")
        previewMetadataStatement = try PreparedStatement(db, "SELECT json_patch(metadata, ?) FROM sessions WHERE session_id = ?")
        expireStatement = try PreparedStatement(
            db,
            """
            UPDATE sessions SET status = 'expired' WHERE session_id = ? AND status = 'active' AND expires_at <= ? \
            RETURNING channel, phone
            """)
        findActiveStatement = try PreparedStatement(
            db, "SELECT \(table.list) FROM sessions WHERE contact_id = ? AND status = 'active'")
        findTokenStatement = try PreparedStatement(db, "SELECT \(table.list) FROM sessions WHERE session_token = ?")
        findIDStatement = try PreparedStatement(db, "SELECT \(table.list) FROM sessions WHERE session_id = ?")
    }

    func active(of contact: ContactID) throws -> Session? {
        try findActiveStatement.first({ $0.id(contact) }) { Session(columns: $0) } ?? nil
    }

    /// The session of a token; of one that was merged, the session that it became.
    func session(token: Secret) throws -> Session? {
        let session = try findTokenStatement.first({ $0.text(token.revealed) }) { Session(columns: $0) } ?? nil
        return try session?.survivor { try self.session(id: $0) }
    }

    /// The session of an id, whatever its status.
    func session(id: SessionID) throws -> Session? { try findIDStatement.first({ $0.id(id) }) { Session(columns: $0) } ?? nil }

    func insert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try insertStatement.run(session)
    }

    /// Writes all of a session, whether or not it is there.
    func upsert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try upsertStatement.run(session)
    }

    /// Writes what became of two active sessions of one person; the one that ended first, since a contact has one active session at most.
    ///
    /// It is decided here, even where something that the database told was the reason, so it is carried.
    func store(_ union: SessionUnion) throws {
        try changes.aloud {
            try upsert(union.ended)
            if union.ended.status == .merged { _ = try patchMetadata(of: union.ended, with: #"{"merged_into":"\#(union.kept.id)"}"#) }
            try upsert(union.kept)
        }
    }

    /// Writes the two times alone.
    func saveActivity(of session: Session) throws { try touchStatement.run(session) }

    /// Writes all that can change but the metadata.
    func save(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try updateStatement.run(session)
    }

    /// What the metadata would be after `patchMetadata`.
    func patchedMetadata(of session: Session, with patch: String) throws -> String? {
        try previewMetadataStatement.first({ row in
            row.text(patch)
            row.id(session.id)
        }) { $0.string(0) } ?? nil
    }

    /// Merges a JSON object into the metadata (RFC 7396) and returns what they are then.
    func patchMetadata(of session: Session, with patch: String) throws -> String? {
        try changes.mark(session.contactID, session: session.id)
        return try updateMetadataStatement.first({ row in
            row.text(patch)
            row.id(session.id)
        }) { $0.string(0) } ?? nil
    }

    /// The line about a session that was active and overdue; nil for any other.
    func expire(_ session: SessionID, of contact: ContactID, at now: Instant) throws -> SessionLogLine? {
        let line = try expireStatement.first({ row in
            row.id(session)
            row.instant(now)
        }) { SessionLogLine(.expired, session, on: Channel($0.string(0) ?? ""), phone: $0.string(1)) }
        if line != nil { try changes.mark(contact, session: session) }
        return line
    }
}

extension Tables {
    static let sessions = Table<Session>(
        "sessions",
        [
            .id("session_id") { $0.id }, .id("contact_id") { $0.contactID }, .text("customer_id", .length) { $0.shownCustomerID },
            Column("customer_named", .boolean, .shown) { $1.integer($0.customerID != nil ? 1 : 0) }, .text("phone", .phone) { $0.phone },
            .text("channel") { $0.channel.rawValue }, .text("session_token", .secret) { $0.token.revealed },
            .text("status") { $0.status.rawValue }, .time("created_at") { $0.createdAt }, .time("last_activity") { $0.lastActivity },
            .time("expires_at") { $0.expiresAt }, Column("metadata", .json, .length) { $1.text($0.metadata) },
        ])
}
