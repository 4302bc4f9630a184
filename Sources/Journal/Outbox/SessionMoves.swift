import Messaging
import SQLiteStore

/// The session times that follow from the rows of a page, if `sessions` may lack them: a row that moves its session is sent with the
/// session's times.
struct SessionMoves {
    private let moments: [String: Instant]
    private let policy: SessionPolicy

    /// The moves of the rows after one number, up to another.
    init(_ db: Database, after start: Int64, to end: Int64) throws {
        let position = try SessionPosition(db)
        policy = position.policy
        guard position.sequence < end else {
            moments = [:]
            return
        }
        let query = "SELECT session_id, max(moved_at) FROM session_moves WHERE seq > ? AND seq <= ? GROUP BY session_id"
        let rows = try db.statement(query).all({ row in
            row.integer(max(start, position.sequence))
            row.integer(end)
        }) { ($0.string(0) ?? "", $0.instant(1)) }
        moments = Dictionary(rows.compactMap { id, moment in moment.map { (id, $0) } }) { max($0, $1) }
    }

    /// The times of a session's row that differ from the written ones, by column name. `value` returns a column of the row.
    func times(of id: String, _ value: (String) -> String?) -> [String: String] {
        guard let moment = moments[id], value("status") == Session.Status.active.rawValue, let channel = value("channel"),
            let lastActivity = value("last_activity").flatMap({ Instant(rfc3339: $0) }),
            let expiresAt = value("expires_at").flatMap({ Instant(rfc3339: $0) })
        else { return [:] }
        let times = ActivityTimes(lastActivity: lastActivity, expiresAt: expiresAt)
            .joined(with: ActivityTimes(of: moment, on: Channel(channel), policy: policy))
        return ["last_activity": times.lastActivity.description, "expires_at": times.expiresAt.description]
    }
}
