import Foundation
import GRDB
import Messaging

/// Questions to a journal's file, which never wait for its writer.
public struct JournalReader: Sendable {
    private let database: any DatabaseReader
    private let now: TimeSource

    /// Opens the file of a gateway that may be running; throws `unusable` where there is none, or one of another version.
    public init(path: String, now: @escaping TimeSource = { .now }) throws(JournalError) {
        try self.init(anyVersionAt: path, now: now)
        do { try database.read { try JournalSchema.requireCurrent($0) } } catch let error as JournalError {
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
        do { database = try JournalFile.reading(path) } catch { throw JournalError(opening: path, error) }
        self.now = now
    }

    init(_ database: any DatabaseReader, now: @escaping TimeSource) {
        self.database = database
        self.now = now
    }

    /// The live session of a token; of one that was merged, the session that it became.
    public func session(token: Secret) async throws(JournalError) -> Session? {
        let now = now()
        return try await read { db in
            let session = try Session.fetch(db, "WHERE session_token = ?", [token.revealed]).first?.survivor {
                try Session.fetch(db, "WHERE session_id = ?", [$0.description]).first
            }
            return session?.isLive(at: now) == true ? session : nil
        }
    }

    /// The contact whose session a token is of, live or not; nil for a token that is not known here.
    static func contact(_ db: Database, ofToken token: Secret) throws -> ContactID? {
        try Session.fetch(db, "WHERE session_token = ?", [token.revealed]).first?.contactID
    }

    /// Whether a session of this token was ever stored here, whatever became of it.
    public func knows(_ token: Secret) async throws(JournalError) -> Bool {
        try await read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM sessions WHERE session_token = ?)", arguments: [token.revealed])
                ?? false
        }
    }

    /// The session of an id, whatever its status.
    public func session(_ id: SessionID) async throws(JournalError) -> Session? {
        try await read { try Session.fetch($0, "WHERE session_id = ?", [id.description]).first }
    }

    /// Sessions, the latest first; `phone` in E.164. A session that is overdue counts as expired.
    public func sessions(phone: String? = nil, status: Session.Status? = nil, limit: Int) async throws(JournalError) -> [Session] {
        let now = now().description
        return try await read { db in
            try Session.fetch(
                db,
                """
                WHERE (:phone IS NULL OR phone = :phone) AND (:status IS NULL OR :status =
                  CASE WHEN status = 'active' AND expires_at <= :now THEN 'expired' ELSE status END)
                ORDER BY created_at DESC, session_id DESC LIMIT :limit
                """, ["phone": phone, "status": status?.rawValue, "now": now, "limit": limit])
        }
    }

    /// Active sessions whose time is over.
    func overdueSessions(at now: Instant, limit: Int) async throws(JournalError) -> [(session: SessionID, contact: ContactID)] {
        try await read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT session_id, contact_id FROM sessions WHERE status = 'active' AND expires_at <= ? LIMIT ?",
                arguments: [now.description, limit])
            return rows.compactMap { row in
                guard let session = SessionID(row[0] as String), let contact = ContactID(row[1] as String) else { return nil }
                return (session, contact)
            }
        }
    }

    /// Contacts whose active session has the times of a clock that was ahead.
    func contactsAheadOfTime(at now: Instant, limit: Int) async throws(JournalError) -> [ContactID] {
        let limits: StatementArguments = [Session.firstImpossibleActivity(at: now).description, limit]
        return try await read { db in
            let sql = "SELECT contact_id FROM sessions WHERE status = 'active' AND last_activity >= ? LIMIT ?"
            return try String.fetchAll(db, sql: sql, arguments: limits).compactMap { ContactID($0) }
        }
    }

    func read<Value: Sendable>(_ query: @escaping @Sendable (Database) throws -> Value) async throws(JournalError) -> Value {
        do { return try await readConsistently(query) } catch { throw JournalError(error) }
    }

    /// A question of one moment that may fail by something else than SQLite.
    func readConsistently<Value: Sendable>(_ query: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await database.unsafeRead { db in
            let transaction = try ReadTransaction(db)
            do {
                let value = try query(db)
                try transaction.commit()
                return value
            } catch {
                transaction.end()
                throw error
            }
        }
    }

    /// A question of one moment to a file that may be damaged: the end of a transaction in which a page could not be read may fail as well,
    /// which must not hide what was found.
    func readDamaged<Value: Sendable>(_ query: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await database.unsafeRead { db in
            let transaction = try ReadTransaction(db)
            defer {
                try? transaction.commit()
                transaction.end()
            }
            return try query(db)
        }
    }
}

/// A transaction of a question. GRDB ends the process where one is left open: what ends it is prepared before it begins, since memory may be
/// short by then.
private struct ReadTransaction {
    private let db: Database
    private let committing: Statement
    private let endingAnyhow: Statement

    init(_ db: Database) throws {
        self.db = db
        committing = try db.cachedStatement(sql: "COMMIT")
        endingAnyhow = try db.cachedStatement(sql: "ROLLBACK")
        try db.cachedStatement(sql: "BEGIN").execute()
    }

    func commit() throws { try committing.execute() }

    func end() {
        if db.isInsideTransaction { try? endingAnyhow.execute() }
    }
}

extension Session {
    fileprivate static func fetch(_ db: Database, _ clause: String, _ arguments: StatementArguments) throws -> [Session] {
        let rows = try Row.fetchCursor(db, sql: "SELECT \(Tables.sessions.list) FROM sessions \(clause)", arguments: arguments)
        var sessions: [Session] = []
        while let row = try rows.next() {
            if let session = Session(row: row) { sessions.append(session) }
        }
        return sessions
    }
}
