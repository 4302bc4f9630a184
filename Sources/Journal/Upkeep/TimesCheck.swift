import Messaging
import SQLiteStore

/// Checks the position up to which `sessions` has all times, and whether it has them (Docs/Decisions/0013). Times that follow from rows
/// after the position may be deferred. A position that is too low is harmless, since no row since `since_seq` gives a later time than its
/// session has.
enum TimesCheck {
    static func addProblems(_ db: Database, to problems: inout [String]) throws {
        let rows = try count("session_positions", db)
        guard rows == 1 else { return problems.append("session_positions has \(rows) rows rather than one: times that wait are not found") }
        let timeouts = "SELECT 1 FROM session_positions WHERE idle_timeout >= 0 AND json_valid(idle_timeouts)"
        guard try db.statement(timeouts).first({ _ in true }) ?? false else {
            return problems.append("the timeouts in session_positions cannot be read: times that wait are not found")
        }
        let position = try SessionPosition(db)
        let last = try db.statement(NumberedTables.numbersInUse).first { $0.integer(1) } ?? 0
        if position.sequence > last {
            problems.append(
                "times of sessions are said to be written up to number \(position.sequence), and the last number in use is \(last)")
        }
        if position.sequence < position.since {
            problems.append("times of sessions are said to be written up to number \(position.sequence), which is before \(position.since)")
        }
        if try count("unmoving_rows WHERE seq > \(last)", db) > 0 { problems.append("unmoving_rows names rows that are not there") }
        let late = try sessionsWithoutTimes(db, position)
        if late > 0 { problems.append("\(late) active sessions lack times that their rows tell, up to number \(position.sequence)") }
    }

    private static func count(_ rows: String, _ db: Database) throws -> Int64 {
        try db.statement("SELECT count(*) FROM \(rows)").first { $0.integer(0) } ?? 0
    }

    private static func sessionsWithoutTimes(_ db: Database, _ position: SessionPosition) throws -> Int {
        var late = 0
        try db.statement(
            """
            SELECT s.channel, s.last_activity, s.expires_at, max(m.moved_at)
            FROM session_moves m CROSS JOIN sessions s ON s.session_id = m.session_id AND s.status = 'active'
            WHERE m.seq > ? AND m.seq <= ? GROUP BY s.session_id
            """
        ).forEach({ row in
            row.integer(position.since)
            row.integer(position.sequence)
        }) { row in
            guard let channel = row.string(0), let lastActivity = row.instant(1), let expiresAt = row.instant(2), let moved = row.instant(3)
            else { return true }
            let times = ActivityTimes(lastActivity: lastActivity, expiresAt: expiresAt)
            let told = ActivityTimes(of: moved, on: Channel(channel), policy: position.policy)
            if times.joined(with: told) != times { late += 1 }
            return true
        }
        return late
    }
}
