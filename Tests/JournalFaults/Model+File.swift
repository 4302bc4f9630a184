import SwitchboardTesting

extension Model {
    /// The rows of a journal's file in the form of `rows`, with session times that are not yet written.
    static func rows(path: String) throws -> [String] {
        let file = JournalFile(path: path)
        let sessions = try file.rows(
            """
            SELECT status || ' ' || CASE length(customer_id) WHEN 36 THEN 'id' ELSE customer_id END || ' ' || coalesce(phone, '-') || ' '
              || channel || ' ' || created_at || ' ' || last_activity || ' ' || expires_at
            FROM \(file.currentSessions()) c ORDER BY (SELECT o.rowid FROM sessions o WHERE o.session_id = c.session_id)
            """)
        let messages = try file.rows(
            """
            SELECT external_id || ' in ' || (SELECT count(*) FROM sessions o WHERE o.rowid <= s.rowid)
            FROM messages m JOIN sessions s USING (session_id)
            """)
        return sessions + messages.sorted()
    }
}
