import JSON
import Messaging
import SQLiteStore

/// The row of `session_positions`: the number up to which `sessions` has all times, and the timeouts that apply to the rows after it.
struct SessionPosition: Equatable {
    /// The number up to which all session times have been written.
    var sequence: Int64
    /// The number of the last row that cannot be checked against its session's times: rows of earlier versions, of another policy, or
    /// written while a clock was ahead.
    var since: Int64
    /// The policy by which the rows after the position move the expiry of their sessions.
    var policy: SessionPolicy

    /// Reads the row from the file.
    init(_ db: Database) throws {
        let query = "SELECT seq, since_seq, idle_timeout FROM session_positions"
        let (sequence, since, timeout) = try db.statement(query).first { ($0.integer(0), $0.integer(1), $0.integer(2)) } ?? (0, 0, 0)
        let others = try db.statement("SELECT t.key, t.value FROM session_positions p, json_each(p.idle_timeouts) t").all { row in
            (Channel(row.string(0) ?? ""), Duration.milliseconds(row.integer(1)))
        }
        self.sequence = sequence
        self.since = since
        policy = SessionPolicy(idleTimeout: .milliseconds(timeout), idleTimeouts: Dictionary(others) { _, later in later })
    }

    static let update = "REPLACE INTO session_positions (id, seq, since_seq, idle_timeout, idle_timeouts) VALUES (1, ?, ?, ?, ?)"

    /// Adds the values of `update`.
    func write(to row: inout RowBuffer) {
        row.integer(sequence)
        row.integer(since)
        row.integer(policy.idleTimeout.wholeMilliseconds)
        row.text(timeouts)
    }

    /// The timeouts by channel as JSON: `{"kiosk":3600000}`.
    private var timeouts: String {
        var writer = JSONWriter(capacity: 64)
        writer.object { object in
            for (channel, timeout) in policy.idleTimeouts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                object.member(channel.rawValue, timeout.wholeMilliseconds)
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
