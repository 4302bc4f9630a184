import Postgres

/// A lock that a migration waits for, and the process that holds it.
public struct LockWait: Sendable, Equatable, CustomStringConvertible {
    /// The table's name with its schema; nil if the lock is not a table's.
    public let table: String?
    /// The server process that holds the lock.
    public let pid: String
    /// The application name of that process's client; empty if it has none.
    public let application: String

    public var description: String {
        let lock = table.map { "the table \($0)" } ?? "another migration"
        return "\(lock): process \(pid)\(application.isEmpty ? "" : " (\(application))") has it; migrate gives up after 30 seconds"
    }

    /// Recognizes a migration by the beginning of its transaction.
    private static let query = """
        select (pg_identify_object('pg_class'::regclass, l.relation, 0)).identity, b.pid, left(b.application_name, 64)
        from pg_stat_activity w
        cross join lateral unnest(pg_blocking_pids(w.pid)) p(pid)
        join pg_stat_activity b on b.pid = p.pid
        left join pg_locks l on l.pid = w.pid and not l.granted
        where w.datname = current_database() and w.usename = current_user and w.wait_event_type = 'Lock'
          and w.query like 'begin;%switchboard migrate%' and w.pid <> pg_backend_pid()
        order by 2 limit 1
        """

    /// Calls `tell` once for each lock that is waited for, until the task is cancelled.
    static func watch(_ pool: PostgresPool, every patience: Duration, _ tell: @Sendable (LockWait) -> Void) async {
        var told: LockWait?
        while (try? await Task.sleep(for: patience)) != nil {
            guard let row = try? await pool.query(query, within: .seconds(10)).rows.first, row.count == 3, let pid = row[1] else {
                continue
            }
            let wait = LockWait(table: row[0], pid: pid, application: row[2] ?? "")
            if wait != told { tell(wait) }
            told = wait
        }
    }
}
