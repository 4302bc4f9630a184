import Messaging
import SQLiteStore

/// The table `sessions`, as the writer uses it.
///
/// Each session that ends does so by a write of this table, which notes the line about it, so no caller has to.
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

    /// What never changes of a session.
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

    /// The session of a token; of one that was merged, the session that it became.
    func session(token: Secret) throws -> Session? {
        let session = try findTokenStatement.first({ $0.text(token.revealed) }) { Session(columns: $0) } ?? nil
        return try times.complete(session)?.survivor { try self.session(id: $0) }
    }

    /// The session of an id, whatever its status.
    func session(id: SessionID) throws -> Session? {
        times.complete(try findIDStatement.first({ $0.id(id) }) { Session(columns: $0) } ?? nil)
    }

    /// A session of the file with its true times: what another table's query found beside its own rows.
    func completed(_ session: Session?) -> Session? { times.complete(session) }

    func insert(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try insertStatement.run(session)
        times.wasWritten(session.id)
    }

    /// Writes all of a session, whether or not it is there. `ender` is who ends it, where it has ended.
    func upsert(_ session: Session, endedBy ender: SessionEnder) throws {
        try noteEnd(of: session, by: ender)
        try put(session)
    }

    private func put(_ session: Session) throws {
        try changes.mark(session.contactID, session: session.id)
        try upsertStatement.run(session)
        times.wasWritten(session.id)
    }

    /// Writes what became of two active sessions of one person; the one that ended first, since a contact has one active session at most.
    ///
    /// It is decided here, even where something that the database told was the reason, so it is carried.
    func store(_ union: SessionUnion) throws {
        try changes.aloud {
            var ended = union.ended
            try put(ended)
            if ended.status == .merged, let metadata = try patchMetadata(of: ended, with: #"{"merged_into":"\#(union.kept.id)"}"#) {
                ended.metadata = metadata
            }
            // It was live until now, though one of the database may not be stored here yet.
            note(SessionLogLine(endOf: ended, by: .twoCustomers))
            try put(union.kept)
        }
    }

    /// Writes all that can change but the metadata. `ender` is who ends the session, where it has ended and not by itself.
    func save(_ session: Session, endedBy ender: SessionEnder = .client) throws {
        try noteEnd(of: session, by: ender)
        try changes.mark(session.contactID, session: session.id)
        try updateStatement.run(session)
        times.wasWritten(session.id)
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
        try times.write(session)
        let line = try expireStatement.first({ row in
            row.id(session)
            row.instant(now)
        }) { SessionLogLine(.expired, session, on: Channel($0.string(0) ?? ""), phone: $0.string(1)) }
        if line != nil { try changes.mark(contact, session: session) }
        return line
    }

    /// Notes what becomes of a session that is active in the table, where it will not be after this write.
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
