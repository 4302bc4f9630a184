import GRDB
import Messaging

extension Journal {
    /// Removes deliveries that are older than they have to be kept, and returns how many. One stays whose items the database has not got yet,
    /// or whose dead letter nobody has settled. Some hundreds a transaction, so that messages go on in between.
    public func pruneDeliveries() async throws(JournalError) -> Int {
        guard let keep = configuration.keep else { return 0 }
        var cursor = PruneCursor(before: now().adding(.zero - keep), upTo: .max)
        if let target = configuration.syncTarget { cursor.end = try await reader.position(of: target) }
        var count = 0
        while let range = try await reader.prunableDeliveries(cursor) {
            count += try await write { try $0.deliveries.remove(range) }
            cursor.start = range.upperBound
        }
        return count
    }
}

/// Where the next deliveries to remove are looked for.
struct PruneCursor: Sendable {
    /// The number after which to look.
    var start: Int64 = 0
    /// The last number that may go.
    var end: Int64
    /// Only what was received before.
    let before: Instant

    init(before: Instant, upTo end: Int64) {
        self.before = before
        self.end = end
    }
}

extension JournalReader {
    /// The numbers of the next deliveries that are old enough, some hundreds at most; nil where there are none.
    func prunableDeliveries(_ cursor: PruneCursor) async throws(JournalError) -> ClosedRange<Int64>? {
        try await read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT last_seq, received_at FROM deliveries WHERE last_seq > ? AND last_seq <= ? ORDER BY last_seq LIMIT 500",
                arguments: [cursor.start, cursor.end])
            let before = cursor.before.description
            let old = rows.prefix { ($0[1] as String) < before }
            guard let first = old.first, let last = old.last else { return nil }
            return (first[0] as Int64)...(last[0] as Int64)
        }
    }
}
