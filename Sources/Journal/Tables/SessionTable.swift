import Messaging
import SQLiteStore

/// The table `sessions`, as the writer uses it.
/// Every end of a session is a write to this table, which also notes the log line about it, so that no caller has to.
struct SessionTable {
    private let insertStatement: PreparedRowStatement<Session>
    private let upsertStatement: PreparedRowStatement<Session>
    private let updateStatement: PreparedRowStatement<Session>
    private let updateMetadataStatement: PreparedStatement
    private let previewMetadataStatement: PreparedStatement
    private let expireStatement: PreparedStatement
    private let findTokenStatement: PreparedStatement
    private let findIDStatement: PreparedStatement
    private let changes: ChangeTable
    private let notes: SessionNotes
    private let times: SessionTimes

    /// The columns of a session that never change.
    private static let lasting: Set = ["session_id", "channel", "session_token", "created_at"]

    init(_ db: Database, _ changes: ChangeTable, _ notes: SessionNotes, _ times: SessionTimes) throws {
        self.changes = changes
        self.notes = notes
        self.times = times
        let table = Tables.sessions
        insertStatement = try PreparedRowStatement(db, table.insert())
        upsertStatement = try PreparedRowStatement(db, table.upsert(by: "session_id", keeping: Self.lasting))
        updateStatement = try PreparedRowStatement(db, table.update(keeping: Self.lasting.union(["metadata"]), by: "session_id"))
        updateMetadataStatement = try PreparedStatement(
            db, "UPDATE sessions SET metadata = json_patch(metadata, ?) WHERE session_id = ? RETURNING metadata")
        previewMetadataStatement = try PreparedStatement(db, "SELECT json_patch(metadata, ?) FROM sessions WHERE session_id = ?")
        expireStatement = try PreparedStatement(
            db,
            """
            UPDATE sessions SET status = 'expired' WHERE session_id = ? AND status = 'active' AND expires_at <= ? \
            RETURNING channel, phone
            """)
        findTokenStatement = try PreparedStatement(db, "SELECT \(table.list) FROM sessions WHERE session_token = ?")
        findIDStatement = try PreparedStatement(db, "SELECT \(table.list) FROM sessions WHERE session_id = ?")
    }

    /// The session that has a token; if that one was merged, the session into which it was merged.
    func session(token: Secret) throws -> Session? {
        let session = try findTokenStatement.first({ $0.text(token.revealed) }) { Session(columns: $0) } ?? nil
        return try times.complete(session)?.survivor { try self.session(id: $0) }
    }

    /// The session with an id, whatever its status.
    func session(id: SessionID) throws -> Session? {
        times.complete(try findIDStatement.first({ $0.id(id) }) { Session(columns: $0) } ?? nil)
    }

    /// A session that a query of another table has read from the file, with its true times.
    func completed(_ session: Session?) -> Session? { times.complete(session) }

    func insert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try insertStatement.run(session)
        times.wasWritten(session.id)
    }

    /// Writes all columns of a session, whether or not its row exists. `ender` is what ended the session, if it has ended.
    func upsert(_ session: Session, endedBy ender: SessionEnder) throws {
        try noteEnd(of: session, by: ender)
        try put(session)
    }

    private func put(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try upsertStatement.run(session)
        times.wasWritten(session.id)
    }

    /// Writes the result of merging two active sessions of one person; the ended session first, since a contact has at most one active
    /// session.
    /// The decision is made here, even if a change from the database caused it, so the sync must send it.
    func store(_ union: SessionUnion) throws {
        try changes.aloud {
            var ended = union.ended
            try put(ended)
            if ended.status == .merged, let metadata = try patchMetadata(of: ended, with: #"{"merged_into":"\#(union.kept.id)"}"#) {
                ended.metadata = metadata
            }
            // The session was live until now, although one of the database may not be stored here yet.
            note(SessionLogLine(endOf: ended, by: .twoCustomers))
            try put(union.kept)
        }
    }

    /// Writes all columns that can change, except the metadata. `ender` is what ended the session, if it has ended other than by expiry.
    func save(_ session: Session, endedBy ender: SessionEnder = .client) throws {
        try noteEnd(of: session, by: ender)
        try changes.mark(session.contactID, session: session.id)
        try updateStatement.run(session)
        times.wasWritten(session.id)
    }

    /// The metadata that `patchMetadata` would store.
    func patchedMetadata(of session: Session, with patch: String) throws -> String? {
        try previewMetadataStatement.first({ row in
            row.text(patch)
            row.id(session.id)
        }) { $0.string(0) } ?? nil
    }

    /// Merges a JSON object into the metadata (RFC 7396), and returns the result.
    func patchMetadata(of session: Session, with patch: String) throws -> String? {
        try changes.mark(session.contactID, session: session.id)
        return try updateMetadataStatement.first({ row in
            row.text(patch)
            row.id(session.id)
        }) { $0.string(0) } ?? nil
    }

    /// Expires a session that is active and overdue, and returns the log line about it; nil for any other session.
    func expire(_ session: SessionID, of contact: ContactID, at now: Instant) throws -> SessionLogLine? {
        try times.write(session)
        let line = try expireStatement.first({ row in
            row.id(session)
            row.instant(now)
        }) { SessionLogLine(.expired, session, on: Channel($0.string(0) ?? ""), phone: $0.string(1)) }
        if line != nil { try changes.mark(contact, session: session) }
        return line
    }

    /// Notes the log line about a session that this write ends.
    private func noteEnd(of session: Session, by ender: SessionEnder) throws {
        guard session.status != .active, try self.session(id: session.id)?.status == .active else { return }
        note(SessionLogLine(endOf: session, by: ender))
    }

    private func note(_ line: SessionLogLine?) {
        if let line { notes.add(line) }
    }
}

extension Tables {
    static let sessions = Table<Session>(
        "sessions",
        [
            .id("session_id") { $0.id }, .id("contact_id") { $0.contactID }, .text("customer_id", .length) { $0.shownCustomerID },
            Column("customer_named", .boolean, .shown) { $1.integer($0.customerID != nil ? 1 : 0) }, .text("phone", .phone) { $0.phone },
            .text("channel", .word) { $0.channel.rawValue }, .text("session_token", .secret) { $0.token.revealed },
            .text("status") { $0.status.rawValue }, .time("created_at") { $0.createdAt }, .time("last_activity") { $0.lastActivity },
            .time("expires_at") { $0.expiresAt }, Column("metadata", .json, .length) { $1.text($0.metadata) },
        ])
}
