import Messaging
import SQLiteStore

/// Queries of a journal's file, which never wait for its writer.
public struct JournalReader: Sendable {
    /// The file's path, as the caller named it.
    let path: String
    let file: StoreReader
    /// The session times that the writer of this process has not written yet; nil if another process may defer times.
    private let unwritten: UnwrittenTimes?
    /// The times that follow from the file's rows.
    private let told = ToldTimes()
    let now: TimeSource

    /// Opens the file of a gateway that may be running; throws `unusable` if there is none, or if another version wrote it.
    public init(path: String, now: @escaping TimeSource = { .now }) throws(JournalError) {
        try self.init(anyVersionAt: path, now: now)
        do { try file.readBlocking(JournalSchema.requireCurrent) } catch let error as JournalError {
            throw error.at(path)
        } catch {
            throw JournalError(opening: path, error)
        }
    }

    /// Throws `unusable` if there is no file, or if this user cannot see whether there is one.
    public static func requireJournal(at path: String) throws(JournalError) { try JournalFile.requireThere(path) }

    /// Opens a file of any version without upgrading it, to inspect what is wrong with it.
    init(anyVersionAt path: String, now: @escaping TimeSource = { .now }) throws(JournalError) {
        try JournalFile.requireThere(path)
        do { file = try StoreReader(path: path) } catch { throw JournalError(opening: path, error) }
        self.path = path
        unwritten = nil
        self.now = now
    }

    init(_ file: StoreReader, path: String, unwritten: UnwrittenTimes?, now: @escaping TimeSource) {
        self.file = file
        self.path = path
        self.unwritten = unwritten
        self.now = now
    }

    /// The live session of a token; for a merged session, the session into which it was merged.
    public func session(token: Secret) async throws(JournalError) -> Session? {
        let now = now()
        let session = try await current { db in
            try Session.fetch(db, ofToken: token)?.survivor { try Session.fetch(db, $0) }
        }
        return session?.isLive(at: now) == true ? session : nil
    }

    /// A session with its true times; `find` looks up its row.
    private func current(_ find: @escaping @Sendable (Database) throws -> Session?) async throws(JournalError) -> Session? {
        if let unwritten {
            // If times are written continuously, they are derived from the file instead.
            for _ in 0..<4 {
                let writes = unwritten.writes
                guard var session = try await read(find) else { return nil }
                if unwritten.complete(&session, since: writes) { return session }
            }
        }
        return try await read { [told] db in
            var session = try find(db)
            if let found = session, found.status == .active { session?.take(try told.times(of: found, db)) }
            return session
        }
    }

    /// The contact of a token's session, live or not; nil for an unknown token.
    static func contact(_ db: Database, ofToken token: Secret) throws -> ContactID? {
        try Session.fetch(db, ofToken: token)?.contactID
    }

    /// Whether a session with this token was ever stored here, whatever its status.
    public func knows(_ token: Secret) async throws(JournalError) -> Bool {
        try await read { db in
            try db.statement("SELECT 1 FROM sessions WHERE session_token = ?").first({ $0.text(token.revealed) }) { _ in true } ?? false
        }
    }

    /// The session with an id, whatever its status.
    public func session(_ id: SessionID) async throws(JournalError) -> Session? {
        try await current { try Session.fetch($0, id) }
    }

    /// Active sessions that are overdue by their rows. Later times may be deferred, which only the writer knows.
    func overdueSessions(at now: Instant, limit: Int) async throws(JournalError) -> [(session: SessionID, contact: ContactID)] {
        try await read { db in
            let sql = "SELECT session_id, contact_id FROM sessions WHERE status = 'active' AND expires_at <= ? LIMIT ?"
            return try db.statement(sql).all({ values in
                values.instant(now)
                values.integer(Int64(limit))
            }) { row -> (session: SessionID, contact: ContactID)? in
                guard let session: SessionID = row.id(0), let contact: ContactID = row.id(1) else { return nil }
                return (session, contact)
            }.compactMap { $0 }
        }
    }

    /// Contacts whose active session has times from a clock that was ahead.
    func contactsAheadOfTime(at now: Instant, limit: Int) async throws(JournalError) -> [ContactID] {
        try await read { db in
            let sql = "SELECT contact_id FROM sessions WHERE status = 'active' AND last_activity >= ? LIMIT ?"
            return try db.statement(sql).all({ values in
                values.instant(Session.firstImpossibleActivity(at: now))
                values.integer(Int64(limit))
            }) { $0.id(0) as ContactID? }.compactMap { $0 }
        }
    }

    func read<Value: Sendable>(_ query: @escaping @Sendable (Database) throws -> Value) async throws(JournalError) -> Value {
        do { return try await file.read(query) } catch { throw JournalError(error) }
    }
}

extension Session {
    /// The sessions that a condition selects, in its order, from `sessions` or `current_sessions`.
    static func fetch(_ db: Database, from rows: String, _ clause: String, _ fill: (inout RowBuffer) -> Void) throws -> [Session] {
        try db.statement("SELECT \(Tables.sessions.list) FROM \(rows) \(clause)").all(fill) { Session(columns: $0) }.compactMap { $0 }
    }

    /// The session as it is written: its times may be outdated.
    fileprivate static func fetch(_ db: Database, ofToken token: Secret) throws -> Session? {
        try fetch(db, from: "sessions", "WHERE session_token = ?") { $0.text(token.revealed) }.first
    }

    /// The session as it is written: its times may be outdated.
    fileprivate static func fetch(_ db: Database, _ id: SessionID) throws -> Session? {
        try fetch(db, from: "sessions", "WHERE session_id = ?") { $0.id(id) }.first
    }
}
