import GRDB

/// Session times that are derived from the actions of their persons (Docs/Decisions/0013).
enum SchemaStep011 {
    static func apply(_ db: Database) throws {
        for statement in [positions, moves, unwritten, current] { try db.execute(sql: statement) }
    }

    // The single row has the number up to which `sessions` has all times, and the idle timeouts in milliseconds that apply to the rows
    // after it: `idle_timeout`, and the different ones by channel. Until this step, each transaction wrote all times. No row from
    // `since_seq` on contains a later time than its session has, or will have, except those in `unmoving_rows`.
    private static let positions = """
        CREATE TABLE session_positions (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          seq INTEGER NOT NULL,
          since_seq INTEGER NOT NULL,
          idle_timeout INTEGER NOT NULL,
          idle_timeouts TEXT NOT NULL
        );
        INSERT INTO session_positions (id, seq, since_seq, idle_timeout, idle_timeouts)
          SELECT 1, coalesce(max(seq), 0), coalesce(max(seq), 0), 86400000, '{}' FROM (\(NumberedTables.highestNumbers));
        CREATE TABLE unmoving_rows (seq INTEGER PRIMARY KEY);
        """

    // The time of the action that a row of a session reports. A whole second stands for its last millisecond, and an action is never later
    // than its receipt.
    private static func moves(and condition: String = "true") -> String {
        func moment(_ time: String) -> String {
            "min(CASE substr(\(time), 20) WHEN '.000Z' THEN substr(\(time), 1, 20) || '999Z' ELSE \(time) END, received_at)"
        }
        return """
            SELECT seq, session_id, \(moment("sent_at")) AS moved_at
            FROM messages WHERE direction = 'inbound' AND session_id IS NOT NULL AND \(moving) AND \(condition)
            UNION ALL
            SELECT seq, session_id, \(moment("occurred_at")) AS moved_at
            FROM events WHERE kind = 'activity' AND session_id IS NOT NULL AND \(moving) AND \(condition)
            """
    }

    private static let moving = "seq NOT IN (SELECT seq FROM unmoving_rows)"

    // One view has all rows, of which a query selects a range of numbers; the other only those after the position, which SQLite would not
    // select efficiently from the first.
    private static let moves = """
        CREATE VIEW session_moves AS \(moves());
        CREATE VIEW unwritten_moves AS \(moves(and: "seq > (SELECT seq FROM session_positions)"));
        """

    // The times of active sessions that follow from rows after the position and that the sessions' own rows lack. The view calculates in
    // whole milliseconds, because SQLite's own fractions of seconds are inexact.
    private static let unwritten = """
        CREATE VIEW unwritten_times AS
          WITH moved AS MATERIALIZED (SELECT session_id, max(moved_at) AS moved_at FROM unwritten_moves GROUP BY session_id),
          ending AS MATERIALIZED (
            SELECT s.session_id, s.last_activity, s.expires_at, m.moved_at,
              min(253402300799999, max(0,
                CAST(strftime('%s', substr(m.moved_at, 1, 19)) AS INTEGER) * 1000 + CAST(substr(m.moved_at, 21, 3) AS INTEGER)
                + CASE p.idle_timeouts WHEN '{}' THEN p.idle_timeout
                  ELSE coalesce((SELECT t.value FROM json_each(p.idle_timeouts) t WHERE t.key = s.channel), p.idle_timeout) END
              )) AS ends_at
            FROM session_positions p CROSS JOIN moved m CROSS JOIN sessions s ON s.session_id = m.session_id AND s.status = 'active'
          ),
          told AS MATERIALIZED (
            SELECT session_id, last_activity, expires_at, moved_at,
              strftime('%Y-%m-%dT%H:%M:%S', ends_at / 1000, 'unixepoch') || printf('.%03dZ', ends_at % 1000) AS ends_at
            FROM ending
          )
          SELECT session_id, max(last_activity, moved_at) AS last_activity, max(expires_at, ends_at) AS expires_at
          FROM told WHERE moved_at > last_activity OR ends_at > expires_at;
        """

    // The sessions with their true times.
    private static let current = """
        CREATE VIEW current_sessions AS
          SELECT s.session_id, s.customer_id, s.customer_named, s.phone, s.channel, s.session_token, s.status, s.created_at,
            coalesce(u.last_activity, s.last_activity) AS last_activity, coalesce(u.expires_at, s.expires_at) AS expires_at,
            s.metadata, s.contact_id
          FROM sessions s LEFT JOIN unwritten_times u ON u.session_id = s.session_id;
        """
}
