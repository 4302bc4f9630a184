import Foundation
import GRDB

/// A journal's file as another process sees it: read and changed by SQL.
public struct JournalFile: Sendable {
    private let path: String

    /// The file may be open in a journal.
    public init(path: String) { self.path = path }

    /// The rows of a query as text, with columns separated by a bar and null as a hyphen.
    public func rows(_ sql: String) throws -> [String] {
        try DatabaseQueue(path: path).read { db in
            try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map(\.text).joined(separator: "|") }
        }
    }

    /// The first column of the first row; nil if it is null or there is no row.
    public func bytes(_ sql: String) throws -> [UInt8]? {
        try DatabaseQueue(path: path).read { try Data.fetchOne($0, sql: sql) }.map { Array($0) }
    }

    /// The number of rows of a table or view.
    public func count(_ table: String) throws -> Int {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    /// The numbers of rows in messages, message_statuses, events, dead_letters and deliveries, in this order.
    public func counts() throws -> [Int] {
        try ["messages", "message_statuses", "events", "dead_letters", "deliveries"].map { try count($0) }
    }

    /// Changes the file in one transaction, as another process would.
    public func execute(_ sql: String) throws { try DatabaseQueue(path: path).write { try $0.execute(sql: sql) } }

    /// The name of the view with the true times of sessions, or of the table if an earlier version left the file.
    public func currentSessions() throws -> String {
        try count("sqlite_schema WHERE name = 'current_sessions'") == 1 ? "current_sessions" : "sessions"
    }

    /// Converts the file, which must be closed, to the version before keys were in runs: indexes have the keys and the ids, and `sessions`
    /// has all times.
    public func makeEarlier() throws {
        try makeIDsUnique()
        if try currentSessions() != "sessions" {
            try execute(
                """
                UPDATE sessions SET (last_activity, expires_at) =
                  (SELECT c.last_activity, c.expires_at FROM current_sessions c WHERE c.session_id = sessions.session_id);
                DROP VIEW current_sessions; DROP VIEW unwritten_times; DROP VIEW unwritten_moves; DROP VIEW session_moves;
                DROP TABLE session_positions; DROP TABLE unmoving_rows;
                """)
        }
        try execute(
            """
            DROP TABLE IF EXISTS indexed_rows; DROP TABLE IF EXISTS key_runs;
            DROP TABLE IF EXISTS key_pages; DROP TABLE IF EXISTS key_filters;
            DROP INDEX IF EXISTS messages_item; CREATE UNIQUE INDEX messages_item ON messages (item_key);
            DROP INDEX IF EXISTS message_statuses_item; CREATE UNIQUE INDEX message_statuses_item ON message_statuses (item_key);
            DROP INDEX IF EXISTS events_item; CREATE UNIQUE INDEX events_item ON events (item_key);
            DELETE FROM grdb_migrations WHERE identifier LIKE '010%' OR identifier LIKE '011%';
            """)
    }

    /// Converts the file, which must be closed, to the version before ranges of ids: the ids of the three tables are declared unique, with
    /// indexes over all of them, under SQLite's own names.
    public func makeIDsUnique() throws {
        try makeWhole()
        guard try count("sqlite_schema WHERE name = 'id_ranges'") == 1 else { return }
        let ids = [("messages", "message_id"), ("events", "event_id"), ("deliveries", "delivery_id")]
        try execute(
            """
            DROP TABLE id_ranges; DROP TABLE indexed_ids; DELETE FROM grdb_migrations WHERE identifier LIKE '012%';
            \(ids.map { "DROP INDEX IF EXISTS \($0.0)_id; CREATE UNIQUE INDEX \($0.0)_id ON \($0.0) (\($0.1));" }.joined(separator: "\n"))
            PRAGMA writable_schema = ON;
            \(ids.map(Self.declareUnique).joined(separator: "\n"))
            PRAGMA writable_schema = RESET;
            """)
    }

    /// Converts the file, which must be closed, to the version before operators' actions and lists of rows.
    public func makeUnlisted() throws {
        guard try count("sqlite_schema WHERE name = 'row_lists'") == 1 else { return }
        try execute(
            """
            DROP TABLE operator_actions; DROP TABLE row_lists; DROP TABLE listed_rows; DROP INDEX contacts_merged;
            DELETE FROM grdb_migrations WHERE identifier >= '014';
            """)
    }

    /// Converts the file, which must be closed, to the version before forms of deliveries: each row contains the whole delivery.
    public func makeWhole() throws {
        try makeUnlisted()
        guard try count("sqlite_schema WHERE name = 'delivery_forms'") == 1 else { return }
        let columns = "adapter, account, method, target, headers, body"
        try execute(
            """
            UPDATE deliveries SET (\(columns)) = (SELECT \(columns) FROM whole_deliveries w WHERE w.last_seq = deliveries.last_seq)
              WHERE form_id IS NOT NULL;
            DROP VIEW whole_deliveries; DROP TABLE delivery_forms; ALTER TABLE deliveries DROP COLUMN form_id;
            DELETE FROM grdb_migrations WHERE identifier LIKE '013%';
            """)
    }

    private static func declareUnique(_ table: String, _ id: String) -> String {
        """
        UPDATE sqlite_schema SET sql = replace(sql, '\(id) TEXT NOT NULL', '\(id) TEXT NOT NULL UNIQUE')
          WHERE type = 'table' AND name = '\(table)';
        UPDATE sqlite_schema SET sql = NULL, name = 'sqlite_autoindex_\(table)_1' WHERE type = 'index' AND name = '\(table)_id';
        """
    }
}

extension DatabaseValue {
    fileprivate var text: String {
        switch storage {
        case .null: "-"
        case .int64(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .blob(let value): String(decoding: value, as: UTF8.self)
        }
    }
}
