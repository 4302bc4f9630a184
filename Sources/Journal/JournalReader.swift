import Messaging
import SQLiteStore

/// Questions to a journal's file, which never wait for its writer.
public struct JournalReader: Sendable {
    /// The file's path, as whoever opened it named it.
    let path: String
    let file: StoreReader
    /// What the writer of this process has not written yet; nil where another process may let times wait.
    private let unwritten: UnwrittenTimes?
    /// What the file says of it.
    private let told = ToldTimes()
    let now: TimeSource

    /// Opens the file of a gateway that may be running; throws `unusable` where there is none, or one of another version.
    public init(path: String, now: @escaping TimeSource = { .now }) throws(JournalError) {
        try self.init(anyVersionAt: path, now: now)
        do { try file.readBlocking(JournalSchema.requireCurrent) } catch let error as JournalError {
            throw error.at(path)
        } catch {
            throw JournalError(opening: path, error)
        }
    }

    /// Throws `unusable` where there is no file, or where this user may not see whether there is one.
    public static func requireJournal(at path: String) throws(JournalError) { try JournalFile.requireThere(path) }

    /// As it is, whatever version wrote it: for a look at what is wrong with it.
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

    /// The live session of a token; of one that was merged, the session that it became.
    public func session(token: Secret) async throws(JournalError) -> Session? {
        let now = now()
        let session = try await current { db in
            try Session.fetch(db, ofToken: token)?.survivor { try Session.fetch(db, $0) }
        }
        return session?.isLive(at: now) == true ? session : nil
    }

    /// A session with its true times; `find` looks for its row.
    private func current(_ find: @escaping @Sendable (Database) throws -> Session?) async throws(JournalError) -> Session? {
        if let unwritten {
            // Where times are written all the while, the file is asked.
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

    /// The contact whose session a token is of, live or not; nil for a token that is not known here.
    static func contact(_ db: Database, ofToken token: Secret) throws -> ContactID? {
        try Session.fetch(db, ofToken: token)?.contactID
    }

    /// Whether a session of this token was ever stored here, whatever became of it.
    public func knows(_ token: Secret) async throws(JournalError) -> Bool {
        try await read { db in
            try db.statement("SELECT 1 FROM sessions WHERE session_token = ?").first({ $0.text(token.revealed) }) { _ in true } ?? false
        }
    }

    /// The session of an id, whatever its status.
    public func session(_ id: SessionID) async throws(JournalError) -> Session? {
        try await current { try Session.fetch($0, id) }
    }

    /// Active sessions whose time is over by their rows, which may lack later times: the writer knows.
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

    /// Contacts whose active session has the times of a clock that was ahead.
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
    /// The sessions of a condition, in the order that it asks for, out of `sessions` or `current_sessions`.
    static func fetch(_ db: Database, from rows: String, _ clause: String, _ fill: (inout RowBuffer) -> Void) throws -> [Session] {
        try db.statement("SELECT \(Tables.sessions.list) FROM \(rows) \(clause)").all(fill) { Session(columns: $0) }.compactMap { $0 }
    }

    /// As it was written: the times may be late.
    fileprivate static func fetch(_ db: Database, ofToken token: Secret) throws -> Session? {
        try fetch(db, from: "sessions", "WHERE session_token = ?") { $0.text(token.revealed) }.first
    }

    /// As it was written: the times may be late.
    fileprivate static func fetch(_ db: Database, _ id: SessionID) throws -> Session? {
        try fetch(db, from: "sessions", "WHERE session_id = ?") { $0.id(id) }.first
    }
}
