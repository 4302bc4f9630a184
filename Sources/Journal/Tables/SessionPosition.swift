import JSON
import Messaging
import SQLiteStore

/// The row of `session_positions`: up to where `sessions` has all times, and how those behind it are counted.
struct SessionPosition: Equatable {
    /// The number of the last row whose session has its times.
    var sequence: Int64
    /// The number of the last row of which it is not said that its session has its times: rows of earlier versions, of another policy, of a clock
    /// that was ahead.
    var since: Int64
    /// By what the rows behind it tell when their sessions expire.
    var policy: SessionPolicy

    /// As it is in the file.
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

    /// `{"kiosk":3600000}`
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
